#include "codec/sample_why.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "codec/sample_rows.h"
#include "model/why_case.h"

/* In front of the facts of the sample. */
enum {
	FACTS_NONE, /* nobody asked */
	FACTS_ASKED,
	FACTS_INVENTORY, /* and it is told here */
};

#define FACT_MOST (INT64_C(1) << 53)
#define AGE_MOST (INT64_C(1) << 62)
#define VALUE_PAGE ((256U << WHY_CLASS_SHIFT) - 1)
#define VALUE_WROTE 256

/* ---- rows */

static void put_rows(struct buf *out, const struct why_rows *r)
{
	put_varint(out, r->n);
	for (size_t i = 0; i < r->n; i++) {
		put_varint(out, r->items[i].n);
		put_varint(out, r->items[i].value);
	}
}

static bool take_rows(struct intake *in, uint32_t most, struct why_rows *ret)
{
	size_t n = take_count(in, 2, WHY_PAGES_MAX);
	uint64_t pages = 0;

	for (size_t i = 0; i < n && !in->bad; i++) {
		uint64_t many = take_varint(in), value = take_varint(in);

		if (!many || many > WHY_PAGES_MAX - pages || value > most)
			return false;
		pages += many;
		why_rows_add(ret, (uint32_t)many, (uint32_t)value);
	}
	return !in->bad;
}

/* ---- the inventory */

static void put_inventory(struct buf *out, const struct why_inventory *inv)
{
	uint64_t at = 0;

	put_varint(out, inv->page_size);
	put_signed(out, inv->objects);
	put_varint(out, inv->nranges);
	for (size_t i = 0; i < inv->nranges; i++) {
		const struct why_range *r = &inv->ranges[i];

		put_varint(out, (r->start - at) / inv->page_size);
		put_varint(out, (r->end - r->start) / inv->page_size);
		at = r->end;
	}
	put_rows(out, &inv->pages);
}

/* Behind the one that ends at page `at` of the address space. */
static bool take_range(struct intake *in, struct why_inventory *inv, uint64_t *at)
{
	const uint64_t last = UINT64_MAX / inv->page_size;
	uint64_t gap = take_varint(in), pages = take_varint(in);

	if (in->bad || gap > last - *at || !pages || pages > last - *at - gap ||
	    pages > WHY_PAGES_MAX - inv->npages)
		return false;
	*at += gap;
	inv->ranges[inv->nranges++] = (struct why_range){
		.start = *at * inv->page_size,
		.end = (*at + pages) * inv->page_size,
		.first = inv->npages,
	};
	*at += pages;
	inv->npages += (uint32_t)pages;
	return true;
}

static bool pages_valid(const struct why_inventory *inv)
{
	uint32_t pages = 0;

	for (size_t i = 0; i < inv->pages.n; i++) {
		if ((inv->pages.items[i].value & WHY_PAGE_MASK) > WHY_PAGE_TRACKED)
			return false;
		pages += inv->pages.items[i].n;
	}
	return pages == inv->npages;
}

static bool take_inventory(struct intake *in, struct why_inventory *inv)
{
	uint64_t at = 0, page_size = take_varint(in);
	size_t n;

	inv->objects = take_signed(in);
	n = take_count(in, 2, WHY_PAGES_MAX);
	if (in->bad || page_size > SAMPLE_PAGE_SIZE_MAX || !sample_page_size_valid((int64_t)page_size) ||
	    inv->objects < ABSENT || inv->objects > FACT_MOST)
		return false;
	inv->page_size = page_size;
	inv->ranges = xcalloc(n + 1, sizeof(*inv->ranges));
	while (inv->nranges < n)
		if (!take_range(in, inv, &at))
			return false;
	return take_rows(in, VALUE_PAGE, &inv->pages) && pages_valid(inv);
}

/* ---- of the sample */

static bool same_facts(const struct why_facts *a, const struct why_facts *b)
{
	if (!a || !b)
		return a == b;
	return a->number == b->number && !strcmp(a->reason, b->reason);
}

static void put_facts(struct buf *out, const struct why_facts *now, const struct why_facts *before)
{
	cleanup(buf_release) struct buf body = { 0 };

	if (same_facts(now, before) && !(now && now->inventory))
		return;
	put_varint(&body, !now ? FACTS_NONE : now->inventory ? FACTS_INVENTORY : FACTS_ASKED);
	if (now) {
		put_signed(&body, now->number);
		put_string(&body, now->reason);
		if (now->inventory)
			put_inventory(&body, now->inventory);
	}
	put_section(out, SAMPLE_WHY, &body);
}

static bool take_facts(struct intake *in, struct sample *s)
{
	uint64_t what = take_varint(in);

	why_facts_free(s->why);
	s->why = NULL;
	if (in->bad || what > FACTS_INVENTORY)
		return false;
	if (what == FACTS_NONE)
		return true;
	s->why = why_facts_new();
	s->why->number = take_signed(in);
	take_text(in, s->why->reason, sizeof(s->why->reason));
	if (in->bad || s->why->number < ABSENT || s->why->number > FACT_MOST)
		return false;
	if (what == FACTS_ASKED)
		return true;
	s->why->inventory = xcalloc(1, sizeof(*s->why->inventory));
	return take_inventory(in, s->why->inventory);
}

/* ---- who is watched */

static void put_workers(struct buf *out, const struct pairs *p)
{
	cleanup(buf_release) struct buf body = { 0 };
	bool same = true;

	for (size_t i = 0; i < p->n; i++) {
		buf_addc(&body, p->now[i]->why != NULL);
		same &= !p->now[i]->why == !p->before[i]->why;
	}
	if (!same)
		put_section(out, SAMPLE_WHY_WORKERS, &body);
}

static bool take_workers(struct intake *in, struct sample *s)
{
	for (size_t i = 0; i < s->nprocs; i++) {
		struct proc_sample *p = &s->procs[i];
		uint64_t watched = take_fixed(in, 1);

		if (in->bad || watched > 1)
			return false;
		if (watched && !p->why)
			p->why = why_worker_facts_new();
		if (!watched) {
			why_worker_facts_free(p->why);
			p->why = NULL;
		}
	}
	return true;
}

static void put_worker_columns(struct buf *out, const struct pairs *p)
{
	struct columns c = columns_of_why();
	cleanup_free const void **now = xcalloc(p->n + 1, sizeof(*now));
	cleanup_free const void **before = xcalloc(p->n + 1, sizeof(*before));
	struct why_worker_facts nothing;
	size_t n = 0;

	why_worker_facts_init(&nothing);
	for (size_t i = 0; i < p->n; i++) {
		if (!p->now[i]->why)
			continue;
		now[n] = p->now[i]->why;
		before[n++] = p->before[i]->why ? p->before[i]->why : &nothing;
	}
	if (n)
		columns_put(out, c.items, c.n, now, before, n);
}

/* ---- their histories */

static void put_history(struct buf *out, const struct why_history *h)
{
	struct why_look last = { 0 };

	buf_addc(out, h->young);
	put_varint(out, h->nlooks);
	for (size_t i = 0; i < h->nlooks; i++) {
		const struct why_look *k = &h->looks[i];

		put_signed(out, k->switches - last.switches);
		put_signed(out, k->age_ns - last.age_ns);
		put_signed(out, (int64_t)((uint64_t)k->full - (uint64_t)last.full));
		buf_addc(out, k->clean);
		last = *k;
	}
	put_rows(out, &h->pages);
}

static bool add(fact *to, const struct intake *in, int64_t step, int64_t most)
{
	*to = (int64_t)((uint64_t)*to + (uint64_t)step);
	return !in->bad && *to >= ABSENT && *to <= most;
}

static bool take_look(struct intake *in, const struct why_look *last, struct why_look *ret)
{
	*ret = *last;
	if (!add(&ret->switches, in, take_signed(in), FACT_MOST) ||
	    !add(&ret->age_ns, in, take_signed(in), AGE_MOST) ||
	    !add(&ret->full, in, take_signed(in), INT64_MAX))
		return false;
	ret->clean = take_fixed(in, 1) & 1;
	return !in->bad;
}

static bool take_history(struct intake *in, struct why_history *h)
{
	static const struct why_look none = { 0 };
	size_t n;

	h->young = take_fixed(in, 1) & 1;
	n = take_count(in, 4, WHY_LOOKS_MAX);
	if (in->bad)
		return false;
	h->looks = xcalloc(n + 1, sizeof(*h->looks));
	for (; h->nlooks < n; h->nlooks++)
		if (!take_look(in, h->nlooks ? &h->looks[h->nlooks - 1] : &none, &h->looks[h->nlooks]))
			return false;
	return take_rows(in, UINT16_MAX, &h->pages);
}

/* ---- lists of workers: each with the number of its process in front */

static void put_news(struct buf *out, const struct why_worker_facts *w)
{
	put_rows(out, &w->news);
}

static void put_wrote(struct buf *out, const struct why_worker_facts *w)
{
	put_rows(out, &w->wrote);
}

static void put_past(struct buf *out, const struct why_worker_facts *w)
{
	put_history(out, w->history);
}

static bool has_news(const struct why_worker_facts *w)
{
	return w->news.n;
}

static bool has_wrote(const struct why_worker_facts *w)
{
	return w->wrote.n;
}

static bool has_past(const struct why_worker_facts *w)
{
	return w->history;
}

static void put_list(struct buf *out, unsigned int tag, const struct pairs *p,
		     bool (*has)(const struct why_worker_facts *w),
		     void (*put)(struct buf *out, const struct why_worker_facts *w))
{
	cleanup(buf_release) struct buf body = { 0 };

	for (size_t i = 0; i < p->n; i++) {
		if (!p->now[i]->why || !has(p->now[i]->why))
			continue;
		put_varint(&body, i);
		put(&body, p->now[i]->why);
	}
	if (body.len)
		put_section(out, tag, &body);
}

static bool take_one(uint64_t tag, struct intake *in, struct why_worker_facts *w)
{
	switch (tag) {
	case SAMPLE_WHY_NEWS:
		return !w->news.n && take_rows(in, WHY_NEWS - 1, &w->news);
	case SAMPLE_WHY_WROTE:
		return !w->wrote.n && take_rows(in, VALUE_WROTE, &w->wrote);
	}
	if (w->history)
		return false;
	w->history = xcalloc(1, sizeof(*w->history));
	return take_history(in, w->history);
}

static bool take_list(uint64_t tag, struct intake *in, struct sample *s)
{
	while (in->at < in->end) {
		uint64_t i = take_varint(in);

		if (in->bad || i >= s->nprocs || !s->procs[i].why || !take_one(tag, in, s->procs[i].why))
			return false;
	}
	return !in->bad;
}

/* ---- all of it */

void why_put(struct buf *out, const struct sample *now, const struct sample *before, const struct pairs *p)
{
	put_facts(out, now->why, before->why);
	put_workers(out, p);
	put_worker_columns(out, p);
	put_list(out, SAMPLE_WHY_NEWS, p, has_news, put_news);
	put_list(out, SAMPLE_WHY_HISTORY, p, has_past, put_past);
	put_list(out, SAMPLE_WHY_WROTE, p, has_wrote, put_wrote);
}

bool why_take(uint64_t tag, struct intake *in, struct sample *s)
{
	switch (tag) {
	case SAMPLE_WHY:
		return take_facts(in, s);
	case SAMPLE_WHY_WORKERS:
		return take_workers(in, s);
	}
	return take_list(tag, in, s);
}

void why_begin(struct sample *s)
{
	if (s->why) {
		why_inventory_free(s->why->inventory);
		s->why->inventory = NULL;
	}
	for (size_t i = 0; i < s->nprocs; i++) {
		struct why_worker_facts *w = s->procs[i].why;

		if (!w)
			continue;
		why_rows_release(&w->news);
		why_history_free(w->history);
		w->history = NULL;
		why_rows_release(&w->wrote);
	}
}
