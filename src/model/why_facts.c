#include "model/why_facts.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

/* ---- rows */

/* The array has room for the next power of two. */
static bool is_full(size_t n)
{
	return !(n & (n - 1));
}

void why_rows_add(struct why_rows *r, uint32_t n, uint32_t value)
{
	if (!n)
		return;
	if (r->n && r->items[r->n - 1].value == value) {
		r->items[r->n - 1].n += n;
		return;
	}
	if (is_full(r->n))
		r->items = xreallocarray(r->items, r->n ? 2 * r->n : 1, sizeof(*r->items));
	r->items[r->n++] = (struct why_row){ n, value };
}

static void *copy_of(const void *items, size_t n, size_t size)
{
	return n ? memcpy(xreallocarray(NULL, n, size), items, n * size) : NULL;
}

void why_rows_copy(struct why_rows *to, const struct why_rows *from)
{
	size_t room = 1;

	*to = (struct why_rows){ 0 };
	if (!from->n)
		return;
	while (room < from->n)
		room *= 2;
	to->items = xreallocarray(NULL, room, sizeof(*to->items));
	to->n = from->n;
	memcpy(to->items, from->items, from->n * sizeof(*to->items));
}

void why_rows_release(struct why_rows *r)
{
	free(r->items);
	*r = (struct why_rows){ 0 };
}

/* ---- of a sample */

struct why_facts *why_facts_new(void)
{
	struct why_facts *f = xcalloc(1, sizeof(*f));

	f->number = ABSENT;
	return f;
}

static struct why_inventory *inventory_copy(const struct why_inventory *from)
{
	struct why_inventory *to = copy_of(from, from != NULL, sizeof(*to));

	if (!to)
		return NULL;
	to->ranges = copy_of(from->ranges, from->nranges, sizeof(*to->ranges));
	why_rows_copy(&to->pages, &from->pages);
	return to;
}

void why_inventory_free(struct why_inventory *i)
{
	if (!i)
		return;
	free(i->ranges);
	why_rows_release(&i->pages);
	free(i);
}

struct why_facts *why_facts_copy(const struct why_facts *from)
{
	struct why_facts *to = copy_of(from, from != NULL, sizeof(*to));

	if (to)
		to->inventory = inventory_copy(from->inventory);
	return to;
}

void why_facts_free(struct why_facts *f)
{
	if (!f)
		return;
	why_inventory_free(f->inventory);
	free(f);
}

/* ---- of a worker */

void why_worker_facts_init(struct why_worker_facts *f)
{
	*f = (struct why_worker_facts){
		.looks = ABSENT,
		.switches = ABSENT,
		.full = ABSENT,
		.collecting = ABSENT,
	};
}

struct why_worker_facts *why_worker_facts_new(void)
{
	struct why_worker_facts *f = xcalloc(1, sizeof(*f));

	why_worker_facts_init(f);
	return f;
}

static struct why_history *history_copy(const struct why_history *from)
{
	struct why_history *to = copy_of(from, from != NULL, sizeof(*to));

	if (!to)
		return NULL;
	to->looks = copy_of(from->looks, from->nlooks, sizeof(*to->looks));
	why_rows_copy(&to->pages, &from->pages);
	return to;
}

void why_history_free(struct why_history *h)
{
	if (!h)
		return;
	free(h->looks);
	why_rows_release(&h->pages);
	free(h);
}

struct why_worker_facts *why_worker_facts_copy(const struct why_worker_facts *from)
{
	struct why_worker_facts *to = copy_of(from, from != NULL, sizeof(*to));

	if (!to)
		return NULL;
	why_rows_copy(&to->news, &from->news);
	to->history = history_copy(from->history);
	why_rows_copy(&to->wrote, &from->wrote);
	return to;
}

void why_worker_facts_free(struct why_worker_facts *f)
{
	if (!f)
		return;
	why_rows_release(&f->news);
	why_history_free(f->history);
	why_rows_release(&f->wrote);
	free(f);
}
