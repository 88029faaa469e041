#include "ledger/account.h"

#include <string.h>
#include "ledger/master.h"
#include "ledger/walk_state.h"

/* Pages of one process in a block whose change of state took a fault, and those that a collapse changed without
 * one. */
struct faults {
	uint32_t touched, copied, doubted;
	uint32_t collapsed, filled;
};

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
	else if (is == PAGE_RESHARED)
		n->copied += state_original(was); /* and shared, since the walk before */
	else if (is == PAGE_COPIED_FILE)
		n->copied += was != PAGE_SWAPPED_COPIED_FILE;
	else if (is == PAGE_NEW)
		n->touched += was == PAGE_ABSENT || was == PAGE_FILE;
	else if (is == PAGE_AMBIGUOUS)
		n->doubted++;
}

/* One page whose state has changed; in a block that turned into a huge page the block says how. */
static void count_change(struct faults *n, enum turned turned, uint8_t was, uint8_t is)
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

/* `huge`: the block is one huge page, which takes one fault. */
static void add_faults(struct member *m, const struct faults *n, bool huge)
{
	uint64_t touched = huge && n->touched == BLOCK_PAGES ? 1 : n->touched;

	m->touched += touched;
	m->growth.new += (fact)touched;
	m->growth.cow += (fact)n->copied;
	m->growth.collapsed += (fact)n->collapsed;
	m->growth.filled += (fact)n->filled;
	m->certain += huge && n->copied == BLOCK_PAGES ? 1 : n->copied;
	m->whole += huge;
	if (huge && n->doubted == BLOCK_PAGES)
		m->doubted_huge++;
	else
		m->doubted += n->doubted;
}

/* Is the block one huge page, as the kernel says? -1: it does not (before Linux 6.7). */
static int told_huge(const struct ledger *l, const struct page_run *r)
{
	return l->oracle->huge ? l->oracle->huge(l->oracle->ctx, r->proc, r->block->index) : -1;
}

/*
 * Is the block one huge page, whose pages changed all with one fault? Without frame numbers it is asked for; where
 * nothing answers, a block that changed as a whole is taken for one of hugetlbfs where the process has such pages.
 * Transparent huge pages are copied page by page, but one that is new, or that is there in a first walk, may have
 * come with one fault: where nothing answers, as many in a first walk as the process has.
 */
static bool is_one_fault(const struct ledger *l, const struct page_run *r, const struct faults *n)
{
	bool whole = n->touched == BLOCK_PAGES || n->copied == BLOCK_PAGES || n->doubted == BLOCK_PAGES;
	int told;

	if (r->n != BLOCK_PAGES)
		return false;
	if (looks_huge(r->entries))
		return true;
	if (r->in->frames || !whole)
		return false;
	if (r->in->hugetlb)
		return told_huge(l, r) != 0;
	if (n->copied == BLOCK_PAGES || (r->member->seen && n->doubted == BLOCK_PAGES))
		return false;
	told = told_huge(l, r);
	return told < 0 ? !r->member->seen && r->member->whole < r->in->huge : told > 0;
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

static void add_file_faults(struct ledger *l, struct page_run *r)
{
	uint64_t faults = l->first ? file_windows(r->states, l->fault_window) : file_faults(l, r);

	if (l->first && (flag_told(l) || !r->in->frames))
		r->member->files += faults;
	else if (r->in->frames)
		r->member->certain += faults;
	if (!l->first)
		r->member->growth.file += (fact)faults;
}

/* The sums begin with what a process has that equals its base, or with nothing. */
static void expect(struct member *m, const struct pattern *like)
{
	for (size_t s = 0; like && s < PAGE_STATES; s++)
		m->tally.n[s] += like->tally.n[s];
	m->tally.n[PAGE_ABSENT] += like ? 0 : BLOCK_PAGES;
}

/* For the walks to come; where nothing is there, nothing is kept. */
static void keep_states(struct ledger *l, struct page_run *r)
{
	block_store(r->block, r->before, r->states, &l->known_states);
	if (!r->block->states && r->block->uniform == PAGE_ABSENT && !r->block->origin)
		member_drop_block(r->member);
}

void account_block(struct ledger *l, struct page_run *r)
{
	const uint8_t *expected = r->like ? r->like->states : l->uniform[PAGE_ABSENT];
	struct member *m = r->member;
	struct faults faults = { 0 };
	uint64_t recopied = 0;
	bool files = false;

	expect(m, r->like);
	for (size_t k = 0; k < r->n; k++) {
		size_t i = r->at[k];
		uint8_t was = r->before[i], is = r->states[i],
			counted = r->root ? master_counts_as(l, r, k) : is;

		m->shared_doubts += is == PAGE_AMBIGUOUS && !entry_exclusive(r->entries[k]);
		m->tally.n[expected[i]]--;
		m->tally.n[counted]++;
		if (r->root && counted == PAGE_COPIED) {
			recopied++;
			m->resettled += !entry_exclusive(r->entries[k]);
		}
		if (was != is) {
			count_change(&faults, r->turned, was, is == PAGE_COLLAPSED ? counted : is);
			files |= is == PAGE_FILE && was == PAGE_ABSENT;
		}
		if (state_original(is) && master_lost(l, r, k)) {
			bit_set(l->stranded, i);
			m->stranded += !flag_told(l) && !m->seen;
		}
	}
	faults.copied += m->seen ? 0 : r->settled;
	m->recopied += recopied;
	m->recopied_faults += looks_huge(r->entries) && recopied == BLOCK_PAGES ? 1 : recopied;
	add_faults(m, &faults, is_one_fault(l, r, &faults));
	if (files || l->first)
		add_file_faults(l, r);
	keep_states(l, r);
}
