#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "sink/allocators.h"
#include "sink/text_wrap.h"

/* Where a sentence about an allocator begins. */
#define SAYS_AT 78
#define SAYS_INDENT 13
/* A use of memory has a row of its own from this part of all on. */
#define ROW_PART 50
#define ROW_LEAST (0.05 * (1 << 20))

static void add_cell(struct buf *out, int width, double bytes, bool guessed)
{
	char number[16], cell[24] = "-";

	if (bytes >= 0)
		snprintf(cell, sizeof(cell), "%s%s", guessed ? "~" : "", units_format_mib(number, bytes));
	buf_printf(out, " %*s", width, cell);
}

static void add_amount(struct buf *out, int width, fact bytes, bool guessed)
{
	add_cell(out, width, bytes == ABSENT ? -1 : (double)bytes, guessed);
}

static void say(struct buf *out, const struct allocator_facts *f, size_t columns)
{
	cleanup(buf_release) struct buf line = { 0 };
	char number[16];

	if (f->why)
		buf_adds(&line, f->why);
	else if (f->nmapped != ABSENT && f->nmapped > 0)
		buf_printf(&line, "and %s MiB in %" PRId64 " block%s of their own",
			   units_format_mib(number, (double)f->mapped), f->nmapped,
			   f->nmapped == 1 ? "" : "s");
	if (!line.len) {
		buf_addc(out, '\n');
	} else if (SAYS_AT + line.len <= columns) {
		buf_printf(out, "  %s\n", line.data);
	} else {
		buf_printf(out, "\n%*s", SAYS_INDENT, "");
		text_wrap(out, line.data, SAYS_INDENT, columns);
	}
}

static void add_allocator(struct buf *out, const char *of, const struct allocator_facts *f, size_t columns)
{
	fact kept = f->free == ABSENT || f->top == ABSENT ? ABSENT : f->free + f->top;

	buf_printf(out, "  %-10s %-8s", of, allocator_name(f->kind));
	if (f->arenas == ABSENT)
		buf_printf(out, " %6s", "-");
	else
		buf_printf(out, " %6" PRId64, f->arenas);
	add_amount(out, 7, f->held, false);
	add_amount(out, 7, f->used, f->guessed);
	add_amount(out, 7, f->cached, f->guessed);
	add_amount(out, 7, kept, f->guessed);
	add_amount(out, 9, f->trimmable, f->guessed);
	add_amount(out, 7, f->pinned, f->guessed);
	say(out, f, columns);
}

static const char legend[] =
	"free: freed and kept; trimmable: of that what malloc_trim(3) gives back; pinned: what "
	"nothing gives back, as it shares its pages with what is in use";

void text_allocators(struct buf *out, const struct text_allocators *of, size_t n, size_t columns)
{
	buf_printf(out, "%-21s %6s %7s %7s %7s %7s %9s %7s\n", "allocators, MiB", "ARENAS", "HELD", "IN USE",
		   "CACHED", "FREE", "TRIMMABLE", "PINNED");
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < of[i].inventory->nitems; k++)
			add_allocator(out, k ? "" : of[i].of, &of[i].inventory->items[k], columns);
	buf_adds(out, "  ");
	text_wrap(out, legend, 2, columns);
}

static void add_use(struct buf *out, const char *kind, const struct memory_use *m, double page_size, double n)
{
	buf_printf(out, "  %-15s", kind);
	add_cell(out, 9, (double)memory_use_copied(m) * page_size / n, false);
	add_cell(out, 9, (double)m->pages.shared * page_size / n, false);
	add_cell(out, 9, (double)m->pages.new *page_size / n, false);
	if (*m->name) {
		buf_adds(out, "  ");
		text_clean(out, m->name, strlen(m->name));
	}
	buf_addc(out, '\n');
}

static void add_pages(struct memory_use *to, const struct memory_use *more)
{
	to->pages.cow_broken += memory_use_copied(more);
	to->pages.shared += more->pages.shared;
	to->pages.new += more->pages.new;
}

struct choosing {
	const struct memory_uses *u;
	struct memory_use all; /* sums of them */
	double page_size, n;
};

/* A fiftieth of what all of them have, and so much that it does not round to nothing. */
static bool is_much(const struct choosing *c, fact pages, fact all)
{
	return pages * ROW_PART > all && (double)pages * c->page_size / c->n >= ROW_LEAST;
}

static bool is_worth_a_row(const struct choosing *c, const struct memory_use *m)
{
	return is_much(c, memory_use_copied(m), c->all.pages.cow_broken) ||
	       is_much(c, m->pages.shared, c->all.pages.shared) || is_much(c, m->pages.new, c->all.pages.new);
}

static fact size_of(const struct memory_use *m)
{
	return memory_use_copied(m) + m->pages.shared + m->pages.new;
}

/* One of the `max` largest of those that are worth it. */
static bool is_chosen(const struct choosing *c, size_t k, size_t max)
{
	const struct memory_use *m = &c->u->items[k], *other;
	size_t larger = 0;

	if (!is_worth_a_row(c, m))
		return false;
	for (size_t i = 0; i < c->u->n && larger < max; i++) {
		other = &c->u->items[i];
		larger += (size_of(other) > size_of(m) || (size_of(other) == size_of(m) && i < k)) &&
			  is_worth_a_row(c, other);
	}
	return larger < max;
}

void text_regions(struct buf *out, const struct memory_uses *u, uint64_t page_size, size_t n, size_t max)
{
	struct choosing c = { .u = u, .all = { .name = "" }, .page_size = (double)page_size, .n = (double)n };
	struct memory_use rest = { .name = "" };

	for (size_t k = 0; k < u->n; k++)
		add_pages(&c.all, &u->items[k]);
	buf_printf(out, "%-17s %9s %9s %9s\n", "regions, MiB", "COPIED", "SHARED", "NEW");
	for (size_t k = 0; k < u->n; k++) {
		const struct memory_use *m = &u->items[k];

		if (is_chosen(&c, k, max))
			add_use(out, memory_use_name(m->kind), m, c.page_size, c.n);
		else
			add_pages(&rest, m);
	}
	if (rest.pages.cow_broken || rest.pages.shared || rest.pages.new)
		add_use(out, "others", &rest, c.page_size, c.n);
}
