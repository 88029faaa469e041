#include "ledger/first_walk.h"

#include "ledger/absent.h"
#include "ledger/first_walk_doubt.h"
#include "ledger/first_walk_nested.h"
#include "ledger/first_walk_place.h"
#include "ledger/first_walk_written.h"
#include "ledger/open_page.h"
#include "ledger/unflagged.h"
#include "ledger/walk_state.h"

/* Not resident: the swap entry is the same in every process that still shares the page. */
static uint8_t when_swapped(const struct page_run *r, uint64_t e, uint64_t base)
{
	if (r->root)
		return PAGE_SWAPPED_SHARED; /* by a fork, or not: it tells when it is back */
	return entry_same_frame(e, base) || entry_anon(base) ? PAGE_SWAPPED_SHARED : PAGE_SWAPPED_NEW;
}

/*
 * Did the base certainly have its page when this process was forked? Yes, where an older sibling still shares
 * that page, or the base has inherited it.
 */
static bool base_had_it(const struct ledger *l, const struct page_run *r, size_t k)
{
	int above;

	if (!r->siblings_tell || !entry_anon(r->base[k]))
		return false;
	if (bit_test(r->like->shared_bits, r->at[k]))
		return true;
	above = l->in[r->in->base].gone ? -1 : l->in[r->in->base].base;
	return above >= 0 && entry_same_frame(r->base[k], page_entry(l, &l->views[above], r->at[k]));
}

/* Has nobody else the original of a base that is gone (absent.h)? */
static bool is_last_holder(const struct ledger *l, const struct page_run *r, uint64_t e, uint64_t base)
{
	return r->in->base >= 0 && l->in[r->in->base].gone && entry_exclusive(e) && entry_exclusive(base);
}

/* Decides page of interest `k`, if its entry and the base's can; false: it stays open. */
static bool decide_by_entry(const struct ledger *l, struct page_run *r, size_t k)
{
	uint64_t e = r->entries[k], base = r->base[k];
	uint8_t *state = &r->states[r->at[k]];

	if (!(e & PM_PRESENT)) {
		*state = e & PM_SWAP ? when_swapped(r, e, base) : PAGE_ABSENT;
	} else if (e & PM_FILE) {
		*state = PAGE_FILE;
	} else if (entry_same_frame(e, base) && !is_last_holder(l, r, e, base)) {
		*state = PAGE_SHARED;
	} else if (entry_exclusive(e) && !r->in->revised && base_had_it(l, r, k)) {
		*state = PAGE_COPIED;
	} else if (!entry_exclusive(e) && r->parent && base_had_it(l, r, k)) {
		*state = first_walk_nested_copy(l, r, k);
	} else if (!entry_exclusive(e) && r->parent && !r->root && !r->in->merged && !entry_anon(base) &&
		   !(base & PM_SWAP)) {
		*state = first_walk_nested_new(l, r, k);
	} else if (!entry_exclusive(e) && (r->in->merged || (r->parent && entry_anon(base)))) {
		*state = PAGE_SHARED;
		return false;
	} else if (!entry_exclusive(e)) {
		*state = first_walk_inherited(l, r, k);
	} else {
		return false;
	}
	return true;
}

/* Decides a page by its own flag, unless the base has another page there; false: it has. */
static bool decide_by_flag(const struct ledger *l, struct page_run *r, const struct open_page *o)
{
	uint64_t base = r->base[o->k];
	uint8_t *state = &r->states[r->at[o->k]];

	if (first_walk_is_nested(l, r, o))
		return false;
	if (!entry_exclusive(r->entries[o->k]) || (o->own & KPF_KSM && !entry_anon(base)))
		*state = first_walk_merged(l, r, o);
	else if (!(o->own & KPF_ANON_EXCLUSIVE) && !base && !r->root && (r->in->has_forked || r->in->revised))
		*state = first_walk_nested_new(l, r, o->k);
	else if (!(o->own & KPF_ANON_EXCLUSIVE))
		*state = o->own & KPF_SWAPCACHE && base & PM_SWAP ? PAGE_SHARED : PAGE_ORPHANED;
	else if (base & PM_SWAP || (r->in->revised && base_had_it(l, r, o->k)))
		*state = PAGE_COPIED;
	else if (!entry_anon(base))
		*state = run_made(r, o->k);
	else
		return false;
	return true;
}

/* Decides those whose flag means nothing on this kernel; how many are left, moved to the front. */
static size_t decide_untold(struct ledger *l, struct page_run *r, struct open_page *open, size_t n)
{
	struct open_page untold[BLOCK_PAGES];
	size_t kept = 0, nuntold = 0;

	for (size_t j = 0; j < n; j++) {
		if (flag_told_of(l, open[j].own))
			open[kept++] = open[j];
		else
			untold[nuntold++] = open[j];
	}
	unflagged_decide(l, r, untold, nuntold);
	return kept;
}

/* The full procedure for some open pages: flags, the base's flags, place or contents. */
static void decide_all(struct ledger *l, struct page_run *r, struct open_page *open, size_t n)
{
	size_t kept = 0;

	if (!open_pages_read_own(l, r, open, n)) {
		first_walk_blind(r, open, n);
		return;
	}
	n = decide_untold(l, r, open, n);
	for (size_t j = 0; j < n; j++) {
		if (!decide_by_flag(l, r, &open[j]))
			open[kept++] = open[j];
		else if (r->states[r->at[open[j].k]] == PAGE_ORPHANED)
			*(entry_anon(r->base[open[j].k]) ? &r->member->stranded : &r->member->alone) += 1;
	}
	if (!kept)
		return;
	if (!open_pages_read_base(l, r, open, kept)) {
		first_walk_blind(r, open, kept);
		return;
	}
	for (size_t j = 0; j < kept; j++)
		first_walk_written(l, r, &open[j]);
}

/* Beyond the budget a few pages decide for all of a kind in the block, when they agree. */
static bool decide_by_sample(struct ledger *l, struct page_run *r, const struct open_page *open, size_t n)
{
	struct open_page some[FIRST_WALK_SAMPLE];
	struct member *m = r->member;
	uint32_t *counts[] = { &m->perhaps_new, &m->perhaps_file,  &m->open_new,
			       &m->open_file,   &m->rewritten_new, &m->rewritten_file,
			       &m->by_burst,    &m->contested,     &m->undecided };
	uint32_t before[sizeof(counts) / sizeof(*counts)];
	uint8_t state;

	for (size_t j = 0; j < sizeof(counts) / sizeof(*counts); j++)
		before[j] = *counts[j];
	for (size_t j = 0; j < FIRST_WALK_SAMPLE; j++)
		some[j] = open[j * (n - 1) / (FIRST_WALK_SAMPLE - 1)];
	decide_all(l, r, some, FIRST_WALK_SAMPLE);
	state = r->states[r->at[open[0].k]];
	for (size_t j = 0; j < FIRST_WALK_SAMPLE; j++)
		if (r->states[r->at[open[j * (n - 1) / (FIRST_WALK_SAMPLE - 1)].k]] != state)
			return false;
	for (size_t j = 0; j < n; j++)
		r->states[r->at[open[j].k]] = state;
	for (size_t j = 0; j < sizeof(before) / sizeof(*before); j++)
		*counts[j] = before[j] + (uint32_t)((*counts[j] - before[j]) * n / FIRST_WALK_SAMPLE);
	m->sampled = true;
	return true;
}

static void decide_kind(struct ledger *l, struct page_run *r, struct open_page *open, size_t n)
{
	if (l->looks_left < (long)n && n > FIRST_WALK_SAMPLE && decide_by_sample(l, r, open, n))
		return;
	l->looks_left -= (long)n;
	decide_all(l, r, open, n);
}

void first_walk_block(struct ledger *l, struct page_run *r)
{
	struct open_page beside[BLOCK_PAGES], alone[BLOCK_PAGES]; /* the base has a page, or none */
	size_t nbeside = 0, nalone = 0;

	for (size_t k = 0; k < r->n; k++) {
		if (decide_by_entry(l, r, k))
			continue;
		if (entry_anon(r->base[k]) || r->base[k] & PM_SWAP)
			beside[nbeside++].k = (uint16_t)k;
		else
			alone[nalone++].k = (uint16_t)k;
	}
	first_walk_place_begin(r);
	if (nbeside)
		decide_kind(l, r, beside, nbeside);
	if (nalone)
		decide_kind(l, r, alone, nalone);
	first_walk_place_end(r);
}
