#include <stdio.h>
#include "base/cleanup.h"
#include "base/units.h"
#include "sink/allocators.h"
#include "sink/ruby_heap.h"
#include "sink/text_wrap.h"
#include "sink/why_memory.h"

#define REGIONS_MAX 6
/* Two numbers of 20 digits and what is between them. */
#define NAME_BYTES 48

void text_why_copies(struct buf *out, const struct why *w, size_t columns)
{
	cleanup(buf_release) struct buf line = { 0 };
	const struct copies *c = w->memory ? &w->memory->copies : NULL;
	const char *sign = c && !w->memory->exact ? "~" : "";
	char mib[16], bytes[16];

	if (!known(w->identical) || !(w->copied > 0))
		return;
	buf_printf(&line, "%s%s MiB of that (%.0f %%) is byte for byte what the master has", sign,
		   units_format_mib(mib, w->identical * w->page_size), 100 * w->identical / w->copied);
	if (c && c->identical < c->compared)
		buf_printf(&line, "; on the other pages %s%s differ (median)", sign,
			   units_format_size(bytes, copies_bytes_median(c, 1)));
	buf_adds(out, "  ");
	text_wrap(out, line.data, 2, columns);
}

/* "each of 4"; "3 of 64", which were read. */
static void name_workers(const struct why_memory *m, char name[static NAME_BYTES])
{
	if (m->n == 1)
		snprintf(name, NAME_BYTES, "worker");
	else if (m->nread == m->n)
		snprintf(name, NAME_BYTES, "each of %zu", m->n);
	else
		snprintf(name, NAME_BYTES, "%zu of %zu", m->nread, m->n);
}

void text_why_memory(struct buf *out, const struct why_memory *m, double page_size, size_t columns)
{
	struct text_allocators of[2];
	char name[NAME_BYTES];
	size_t n = 0;

	if (!m)
		return;
	if (m->nspaces)
		text_regions(out, &m->regions, (uint64_t)page_size, m->nspaces, REGIONS_MAX);
	if (m->allocators.nitems)
		of[n++] = (struct text_allocators){ "master", &m->allocators };
	if (m->nread) {
		name_workers(m, name);
		of[n++] = (struct text_allocators){ name, &m->each };
	}
	if (n)
		text_allocators(out, of, n, columns);
	text_ruby(out, &m->ruby, (uint64_t)page_size, columns);
	if (!m->read && m->why) {
		buf_adds(out, "allocators of the master: not known: ");
		text_wrap(out, m->why, 2, columns);
	}
}
