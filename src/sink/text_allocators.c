#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "base/units.h"
#include "sink/allocators.h"

static void add_cell(struct buf *out, fact bytes, bool guessed)
{
	char number[16], cell[24] = "-";

	if (bytes != ABSENT)
		snprintf(cell, sizeof(cell), "%s%s", guessed ? "~" : "",
			 units_format_mib(number, (double)bytes));
	buf_printf(out, " %9s", cell);
}

static void add_allocator(struct buf *out, const struct allocator_facts *f)
{
	char number[16];

	buf_printf(out, "%-9s", allocator_name(f->kind));
	if (f->arenas == ABSENT)
		buf_printf(out, " %6s", "-");
	else
		buf_printf(out, " %6" PRId64, f->arenas);
	add_cell(out, f->held, false);
	add_cell(out, f->used, f->guessed);
	add_cell(out, f->cached, f->guessed);
	add_cell(out, f->free, f->guessed);
	add_cell(out, f->top, f->guessed);
	add_cell(out, f->trimmable, f->guessed);
	add_cell(out, f->pinned, f->guessed);
	if (f->why)
		buf_printf(out, "  %s", f->why);
	else if (f->nmapped != ABSENT && f->nmapped > 0)
		buf_printf(out, "  and %s MiB in %" PRId64 " block%s of their own",
			   units_format_mib(number, (double)f->mapped), f->nmapped,
			   f->nmapped == 1 ? "" : "s");
	buf_addc(out, '\n');
}

void text_allocators(struct buf *out, const struct allocator_inventory *i)
{
	buf_printf(out, "%-9s %6s %9s %9s %9s %9s %9s %9s %9s\n", "ALLOCATOR", "ARENAS", "HELD", "IN USE",
		   "CACHED", "FREE", "UNUSED", "TRIMMABLE", "PINNED");
	for (size_t k = 0; k < i->nitems; k++)
		add_allocator(out, &i->items[k]);
}

void text_regions(struct buf *out, const struct memory_uses *u, uint64_t page_size, size_t max)
{
	buf_printf(out, "%-9s %9s %9s %9s %9s  %s\n", "REGION", "SIZE", "COPIED", "SHARED", "NEW", "NAME");
	for (size_t k = 0; k < u->n && max; k++) {
		const struct memory_use *m = &u->items[k];

		if (!memory_use_copied(m) && !m->pages.shared)
			continue;
		max--;
		buf_printf(out, "%-9s", memory_use_name(m->kind));
		add_cell(out, fact_of(m->bytes), false);
		add_cell(out, fact_times((uint64_t)memory_use_copied(m), page_size), false);
		add_cell(out, fact_times((uint64_t)m->pages.shared, page_size), false);
		add_cell(out, fact_times((uint64_t)m->pages.new, page_size), false);
		if (*m->name) {
			buf_adds(out, "  ");
			text_clean(out, m->name, strlen(m->name));
		}
		buf_addc(out, '\n');
	}
}
