#include "ledger/growth.h"

#include <string.h>

/* Faults that made file pages appear: one a large folio, else one a 64 KiB fault-around window. */
static uint64_t file_faults(struct ledger *l, const struct page_run *r)
{
	uint64_t frames[BLOCK_PAGES], flags[BLOCK_PAGES], faults = 0;
	uint16_t at[BLOCK_PAGES];
	size_t n = 0, window = SIZE_MAX;
	bool readable;

	for (size_t k = 0; k < r->n; k++)
		if (r->states[r->at[k]] == PAGE_FILE && r->before[r->at[k]] == PAGE_ABSENT) {
			frames[n] = entry_frame(r->entries[k]);
			at[n++] = r->at[k];
		}
	readable = n && r->in->frames && l->oracle->flags &&
		   l->oracle->flags(l->oracle->ctx, frames, n, flags);
	for (size_t j = 0; j < n; j++) {
		uint64_t large = readable ? flags[j] & (KPF_COMPOUND_HEAD | KPF_COMPOUND_TAIL) : 0;

		if (large & KPF_COMPOUND_TAIL && j && frames[j] == frames[j - 1] + 1)
			continue;
		if (!large && at[j] / l->fault_window == window)
			continue;
		if (!large)
			window = at[j] / l->fault_window;
		faults++;
	}
	return faults;
}

static void count_fault(struct faults *n, uint8_t was, uint8_t is)
{
	if (is == PAGE_COPIED)
		n->copied += was != PAGE_SWAPPED_COPIED;
	else if (is == PAGE_COPIED_FILE)
		n->copied += was != PAGE_SWAPPED_COPIED_FILE;
	else if (is == PAGE_NEW)
		n->touched += was == PAGE_ABSENT || was == PAGE_FILE;
	else if (is == PAGE_AMBIGUOUS)
		n->doubted++;
}

void count_change(struct faults *n, enum turned turned, uint8_t was, uint8_t is)
{
	if (turned == TURNED_ANEW)
		n->touched = 1;
	else if (is == PAGE_COLLAPSED)
		n->collapsed += was != PAGE_COLLAPSED;
	else if (turned && is == PAGE_NEW && (was == PAGE_ABSENT || was == PAGE_FILE))
		n->filled++;
	else
		count_fault(n, was, is);
}

void add_faults(struct member *m, const struct faults *n, bool huge)
{
	uint64_t touched = huge && n->touched == BLOCK_PAGES ? 1 : n->touched;

	m->touched += touched;
	m->growth.new += (fact)touched;
	m->growth.cow += (fact)n->copied;
	m->growth.collapsed += (fact)n->collapsed;
	m->growth.filled += (fact)n->filled;
	m->certain += huge && n->copied == BLOCK_PAGES ? 1 : n->copied;
	if (huge && n->doubted == BLOCK_PAGES)
		m->doubted_huge++;
	else
		m->doubted += n->doubted;
}

/* Windows of the block with file pages, at most as many faults as they took. */
static uint64_t file_windows(const uint8_t states[static BLOCK_PAGES], size_t window)
{
	uint64_t n = 0;

	if (!memchr(states, PAGE_FILE, BLOCK_PAGES))
		return 0;
	for (size_t i = 0; i < BLOCK_PAGES; i += window)
		n += memchr(states + i, PAGE_FILE, window) != NULL;
	return n;
}

void add_file_faults(struct ledger *l, struct page_run *r)
{
	uint64_t faults = l->first ? file_windows(r->states, l->fault_window) : file_faults(l, r);

	if (l->first && (flag_told(l) || !r->in->frames))
		r->member->files += faults;
	else if (r->in->frames)
		r->member->certain += faults;
	if (!l->first)
		r->member->growth.file += (fact)faults;
}
