#include "ledger/estimate.h"

#include "ledger/collapse.h"
#include "ledger/first_walk_doubt.h"
#include "ledger/first_walk_place.h"
#include "ledger/siblings.h"
#include "ledger/walk_state.h"

static uint8_t estimate_swapped(const struct page_run *r, size_t k)
{
	switch (r->before[r->at[k]]) {
	case PAGE_ABSENT:
		return r->member->seen || !(r->base[k] & (PM_SWAP | PM_PRESENT)) ? PAGE_SWAPPED_NEW :
										   PAGE_SWAPPED_SHARED;
	case PAGE_SHARED:
	case PAGE_AMBIGUOUS:
		return PAGE_SWAPPED_SHARED;
	case PAGE_COLLAPSED:
		return PAGE_SWAPPED_COPIED;
	case PAGE_COPIED_FILE:
		return PAGE_SWAPPED_COPIED_FILE;
	case PAGE_NEW:
	case PAGE_FILE:
		return PAGE_SWAPPED_NEW;
	default:
		return r->before[r->at[k]];
	}
}

/* An exclusive page where the base has one as well: copied by one of them, or made by both. Contents do not tell:
 * the base's may be the original that it has never written, and who copied it has perhaps written all of it. */
static uint8_t estimate_beside(const struct ledger *l, struct page_run *r, size_t k)
{
	if (!entry_exclusive(r->base[k]) && l->in_burst[r->proc])
		return PAGE_AMBIGUOUS;
	if (is_late(r, r->at[k]))
		return run_made(r, k);
	first_walk_doubt_open(r, r->at[k]);
	return PAGE_AMBIGUOUS;
}

/*
 * A page that others map. A process with children shares its copies and its new memory with them; where the
 * base's page is exclusive, the process has certainly another one.
 */
static uint8_t estimate_nested(const struct ledger *l, struct page_run *r, size_t k)
{
	uint64_t base = r->base[k];

	if (r->member->seen || (!r->parent && !r->in->has_forked))
		return PAGE_SHARED;
	if (r->parent && entry_anon(base) && entry_exclusive(base)) {
		first_walk_doubt_open(r, r->at[k]);
		return PAGE_AMBIGUOUS;
	}
	if (r->parent && !base && sibling_lacks(l, r, r->at[k]))
		return run_made(r, k);
	r->member->perhaps_nested++;
	return PAGE_SHARED;
}

static uint8_t estimate_private(const struct ledger *l, struct page_run *r, size_t k)
{
	switch (r->before[r->at[k]]) {
	case PAGE_SHARED:
	case PAGE_AMBIGUOUS:
	case PAGE_SWAPPED_SHARED:
		return entry_exclusive(r->entries[k]) ? PAGE_AMBIGUOUS : PAGE_SHARED;
	case PAGE_COPIED_FILE:
	case PAGE_SWAPPED_COPIED_FILE:
		return PAGE_COPIED_FILE;
	case PAGE_COLLAPSED:
	case PAGE_SWAPPED_COPIED:
		return PAGE_COLLAPSED;
	case PAGE_NEW:
	case PAGE_SWAPPED_NEW:
		return PAGE_NEW;
	default:
		if (!entry_exclusive(r->entries[k]))
			return estimate_nested(l, r, k);
		return !r->member->seen && entry_anon(r->base[k]) ? estimate_beside(l, r, k) : run_made(r, k);
	}
}

static uint8_t estimate_page(const struct ledger *l, struct page_run *r, size_t k)
{
	uint64_t e = r->entries[k];

	if (!(e & PM_PRESENT))
		return e & PM_SWAP ? estimate_swapped(r, k) : PAGE_ABSENT;
	if (e & PM_FILE)
		return PAGE_FILE;
	if (r->root)
		return entry_exclusive(e) ? run_made(r, k) : PAGE_SHARED;
	return estimate_private(l, r, k);
}

void estimate_block(struct ledger *l, struct page_run *r)
{
	collapse_estimate(l, r);
	for (size_t k = 0; k < r->n; k++) {
		size_t i = r->at[k];
		uint8_t state = estimate_page(l, r, k);

		if (r->turned && !r->root)
			state = r->member->seen ? collapse_state(r, r->before[i]) : r->states[i];

		r->states[i] = state;
		if (r->in->base != 0)
			continue;
		if (state == PAGE_SHARED)
			bit_set(l->shared, i);
		else if (state == PAGE_AMBIGUOUS || state == PAGE_COLLAPSED)
			bit_set(l->ambiguous, i);
	}
}

/* The workers share the original with each other. */
static uint8_t estimate_masters_copy(const struct page_run *root, uint8_t before)
{
	if (before == PAGE_COLLAPSED || (root->turned && before == PAGE_SHARED))
		return PAGE_COLLAPSED;
	return PAGE_COPIED;
}

void estimate_master(struct ledger *l, struct page_run *root)
{
	for (size_t k = 0; k < root->n; k++) {
		uint8_t *state = &root->states[root->at[k]];

		if (*state != PAGE_NEW && *state != PAGE_COPIED_FILE)
			continue;
		if (bit_test(l->shared, root->at[k]))
			*state = estimate_masters_copy(root, root->before[root->at[k]]);
		else if (bit_test(l->ambiguous, root->at[k]))
			*state = PAGE_AMBIGUOUS;
	}
}

void estimate_claim(struct member *m, const struct ledger_proc *p)
{
	uint64_t during = p->minflt_after > p->minflt ? p->minflt_after - p->minflt : 0;
	uint64_t faults = m->spare;
	/* new pages of which it is not sure that they are come last: ancestry_deny() */
	uint64_t made = m->touched - (m->seen ? 0 : m->nested_new_faults);
	uint64_t explained = made + m->certain + m->files, left, huge, small;

	if (p->minflt_after > m->minflt)
		faults += p->minflt_after - m->minflt;
	/* more new pages than faults: large folios, one fault for many; then faults bound nothing */
	left = faults > m->certain ? faults - m->certain : 0;
	if (explained <= faults)
		left = faults - explained;
	huge = m->doubted_huge < left ? m->doubted_huge : left;
	left -= huge;
	small = m->doubted < left ? m->doubted : left;
	left -= small;
	m->spare = left < during ? left : during;
	m->claimed_faults = huge + small;
	m->claimed += huge * BLOCK_PAGES + small;
	if (m->claimed > m->tally.n[PAGE_AMBIGUOUS])
		m->claimed = m->tally.n[PAGE_AMBIGUOUS];
	m->growth.cow += (fact)(huge * BLOCK_PAGES + small);
	m->nested_left = left;
}

/*
 * Pages that others map, by their proportional share: a page that all n processes of the pool map counts as
 * 1/n, one that its descendants alone have as well as 1/(1 + of them). If all inherited ones were still
 * mapped by all, so many are not; where others left some, it is less.
 */
static uint64_t shared_below(const struct ledger *l, size_t proc)
{
	const struct member *m = &l->members[proc];
	double shared = m->tally.n[PAGE_SHARED] + m->shared_doubts, share = (double)l->in[proc].pss,
	       below = 1, all;

	for (size_t s = PAGE_ORPHANED; s <= PAGE_NEW; s++)
		share -= m->tally.n[s];
	share -= m->tally.n[PAGE_AMBIGUOUS] - m->shared_doubts;
	for (size_t k = proc + 1; k < l->n; k++)
		below += is_below(l, k, proc);
	all = (double)l->n;
	if (below >= all || share <= shared / all)
		return 0;
	return (uint64_t)((share - shared / all) / (1 / below - 1 / all));
}

void estimate_nested_claim(const struct ledger *l, size_t proc)
{
	struct member *m = &l->members[proc];
	uint64_t most = m->perhaps_nested < m->nested_left ? m->perhaps_nested : m->nested_left;
	uint64_t below = !m->frames && l->in[proc].pss && l->patterns[proc] ? shared_below(l, proc) : 0;

	below = below > m->claimed ? below - m->claimed : 0; /* of those with no exclusive base page */
	m->nested_claimed = below < most ? below : most;
	m->nested_open = most - m->nested_claimed;
	/* no flag tells: an ancestor that is gone made some, or one fault made many */
	if ((!m->frames || !flag_told(l)) && m->touched > l->in[proc].minflt_after)
		m->nested_open += m->touched - l->in[proc].minflt_after;
	m->guessed += (uint32_t)most;
	m->growth.cow += (fact)m->nested_claimed;
}
