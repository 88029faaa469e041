#include "ledger/first_walk_written.h"

#include "ledger/absent.h"
#include "ledger/first_walk.h"
#include "ledger/first_walk_doubt.h"
#include "ledger/first_walk_nested.h"
#include "ledger/first_walk_place.h"
#include "ledger/holders.h"
#include "ledger/siblings.h"
#include "ledger/walk_state.h"

/* Is it a large folio that a copy does not make, other than a page of hugetlbfs, which is copied as a whole? */
static bool is_no_copy(uint64_t own)
{
	return in_large_folio(own) && !(own & KPF_HUGE);
}

/* Was the base's page there at its last fork, and so at the one of this process, which is of the same burst? */
static bool burst_had_it(const struct ledger *l, const struct page_run *r, const struct open_page *o)
{
	return !(o->base & KPF_ANON_EXCLUSIVE) && !is_no_copy(o->own) && l->in_burst[r->proc];
}

/* ... certainly, as each of the burst has something there? */
static bool base_is_older(const struct ledger *l, const struct page_run *r, const struct open_page *o)
{
	return burst_had_it(l, r, o) && !burst_lacks(l, r, r->at[o->k]);
}

/* Has another child of the base's, of a burst of forks before the youngest, the base's page? It is older than this
 * process, or was forked with it. */
static bool elder_has_it(const struct ledger *l, const struct page_run *r, size_t k)
{
	struct holders who;

	if (!holders_of(l, r->at[k], r->base[k], &who))
		return false;
	for (uint32_t c = who.first; c != UINT32_MAX; c = holders_next(l, r->at[k], c))
		if (c != r->proc && l->in[c].base == r->in->base && !l->in_burst[c] &&
		    l->in[c].start_ticks <= r->in->start_ticks + BURST_GAP_TICKS)
			return true;
	return false;
}

/* May the base have written its page since it forked this process? Its flag tells of its last fork alone. */
static bool may_be_rewritten(const struct ledger *l, const struct page_run *r, const struct open_page *o)
{
	return o->base & KPF_ANON_EXCLUSIVE || (!l->in_burst[r->proc] && !elder_has_it(l, r, o->k));
}

/* Contents or place decide of a page that both have written: for the base's own page it is open as well. */
static void count_likeness(const struct ledger *l, const struct page_run *r, const struct open_page *o)
{
	r->member->by_likeness++;
	r->member->contested += may_be_rewritten(l, r, o);
}

/* A large folio that is like the base's page, which was there at the fork: a collapse (collapse.h). */
static bool is_older_alike(const struct ledger *l, const struct page_run *r, const struct open_page *o,
			   int percent)
{
	return percent >= LIKENESS_COPY && !(o->base & KPF_ANON_EXCLUSIVE) && l->in_burst[r->proc];
}

static void decide_by_likeness(const struct ledger *l, struct page_run *r, const struct open_page *o,
			       int percent)
{
	uint8_t *state = &r->states[r->at[o->k]];

	if (is_older_alike(l, r, o, percent)) {
		*state = PAGE_COPIED;
		r->member->by_burst++;
		return;
	}
	count_likeness(l, r, o);
	if (percent >= 0 && percent < LIKENESS_COPY) {
		*state = run_made(r, o->k);
	} else if (in_large_folio(o->own) && !in_large_folio(o->base) && o->base & KPF_ANON_EXCLUSIVE) {
		/* a copy of one page is never part of a large folio: it was the base that copied */
		*state = PAGE_ORPHANED;
	} else {
		*state = PAGE_COPIED;
		r->member->undecided += percent < 0;
		first_walk_doubt_copy(r, r->at[o->k], o->base & KPF_ANON_EXCLUSIVE);
	}
}

/* It may be the original, written by its last holder: then the base copied it. */
static void doubt_with_base(const struct ledger *l, const struct page_run *r, const struct open_page *o)
{
	first_walk_doubt_copy(r, r->at[o->k], false);
	r->member->contested += may_be_rewritten(l, r, o);
}

void first_walk_written(struct ledger *l, struct page_run *r, const struct open_page *o)
{
	size_t i = r->at[o->k];

	if (first_walk_is_nested(l, r, o)) {
		first_walk_nested(l, r, o, base_is_older(l, r, o) && !l->in[r->in->base].has_forked);
	} else if (base_is_older(l, r, o)) {
		r->states[i] = PAGE_COPIED;
		r->member->by_burst++;
	} else if (r->siblings_tell && sibling_inherited(l, r, i)) {
		r->states[i] = PAGE_COPIED;
		if (!burst_inherited(l, r, i))
			doubt_with_base(l, r, o);
	} else if (burst_had_it(l, r, o)) {
		r->states[i] = PAGE_COPIED;
		r->member->by_likeness++;
		first_walk_doubt_copy(r, i, false);
	} else if (is_on_stack(r, i) && !entry_lost(r->base[o->k])) {
		r->states[i] = PAGE_COPIED;
		bit_set(r->stack_open, i);
	} else if (is_of_file(r, i) || is_on_stack(r, i)) {
		/* on the stack: its siblings have it there, too */
		r->states[i] = PAGE_COPIED;
		count_likeness(l, r, o);
		first_walk_doubt_copy(r, i, o->base & KPF_ANON_EXCLUSIVE);
	} else {
		decide_by_likeness(l, r, o, first_walk_likeness(l, r, i));
	}
}
