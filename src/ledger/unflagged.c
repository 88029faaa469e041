#include "ledger/unflagged.h"

#include "ledger/first_walk_doubt.h"
#include "ledger/first_walk_nested.h"
#include "ledger/first_walk_place.h"
#include "ledger/holders.h"
#include "ledger/siblings.h"
#include "ledger/walk_state.h"

/* The state that this walk has found for a page of the base. */
static uint8_t state_of_base(const struct ledger *l, const struct page_run *r, size_t i)
{
	const struct block *b;

	if (r->in->base == 0)
		return l->root.states[i];
	b = member_block(&l->members[r->in->base], r->block->index);
	return b ? block_state(b, i) : PAGE_ABSENT;
}

/* Does the base still have the frame that it had in the walk before, when this process was not there? */
static bool base_kept_it(const struct ledger *l, const struct page_run *r, size_t i)
{
	int base = r->in->base;
	uint8_t state = state_of_base(l, r, i);

	return l->members[base].seen && !l->in[base].gone && (state == PAGE_SHARED || state == PAGE_ORPHANED);
}

/* Do others map the base's frame? Bit 56 tells, but not of a huge page: there the pool itself does. */
static bool base_is_shared(const struct ledger *l, const struct page_run *r, size_t k)
{
	if (!kernel_has(l->oracle->kernel, KERNEL_EXCLUSIVE_EACH) && looks_huge(r->like->entries))
		return held_elsewhere(l, (size_t)r->in->base, r->at[k], r->base[k]);
	return !entry_exclusive(r->base[k]);
}

static void guess(struct page_run *r, size_t k, uint8_t state)
{
	r->states[r->at[k]] = state;
	r->member->guessed++;
}

/* Decides a page that needs no look at the base's; false: it stays open. */
static bool decide_alone(const struct ledger *l, struct page_run *r, const struct open_page *o)
{
	uint64_t base = r->base[o->k];
	uint8_t *state = &r->states[r->at[o->k]];

	if (first_walk_is_nested(l, r, o))
		return false;
	if (!entry_exclusive(r->entries[o->k]) || o->own & KPF_KSM)
		*state = first_walk_merged(l, r, o);
	else if (base & PM_SWAP)
		guess(r, o->k, o->own & KPF_SWAPCACHE ? PAGE_SHARED : PAGE_COPIED);
	else if (!entry_anon(base))
		guess(r, o->k, run_made(r, o->k));
	else
		return false;
	return true;
}

/* Does the process still share a part of the base's huge page? Then the base had that page at the fork. */
static bool has_a_part(const struct ledger *l, const struct page_run *r)
{
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		if (entry_same_frame(page_entry(l, r->view, i), r->like->entries[i]))
			return true;
	return false;
}

/* Nothing says that page `i`, should it count as copied, was there at the fork. */
static void doubt(const struct page_run *r, size_t i)
{
	if (view_kind(r->view, i) == KIND_FILE_PRIVATE)
		r->member->perhaps_file++;
	else
		r->member->perhaps_new++;
}

static void decide_beside(struct ledger *l, struct page_run *r, const struct open_page *o)
{
	uint8_t *state = &r->states[r->at[o->k]];
	bool kept = base_kept_it(l, r, r->at[o->k]), older;
	int percent;

	older = kept ||
		(base_is_shared(l, r, o->k) && l->in_burst[r->proc] && !burst_lacks(l, r, r->at[o->k]));
	r->member->by_burst += older && !kept;
	if (first_walk_is_nested(l, r, o)) {
		first_walk_nested(l, r, o, older);
		return;
	}
	if (older) {
		*state = PAGE_COPIED;
		return;
	}
	percent = first_walk_likeness(l, r, r->at[o->k]);
	if (percent >= 0 && percent < LIKENESS_COPY) {
		*state = run_made(r, o->k);
		r->member->by_likeness++;
	} else if (in_large_folio(o->own) && !in_large_folio(o->base)) {
		*state = PAGE_ORPHANED;
		r->member->by_likeness++;
	} else if (in_large_folio(o->base) && !in_large_folio(o->own) && has_a_part(l, r)) {
		*state = PAGE_COPIED;
		r->member->by_likeness++;
	} else {
		*state = PAGE_AMBIGUOUS;
		doubt(r, r->at[o->k]);
	}
}

void unflagged_decide(struct ledger *l, struct page_run *r, struct open_page *open, size_t n)
{
	size_t kept = 0;

	for (size_t j = 0; j < n; j++)
		if (!decide_alone(l, r, &open[j]))
			open[kept++] = open[j];
	if (!kept)
		return;
	if (!open_pages_read_base(l, r, open, kept)) {
		first_walk_blind(r, open, kept);
		return;
	}
	for (size_t j = 0; j < kept; j++)
		decide_beside(l, r, &open[j]);
}

/* Was the page, when it was last seen, in a huge page, as others of the block were? Parts of one are
 * copied by the last owner too. */
static bool was_huge(const struct page_run *r, size_t i)
{
	const struct origin *o = r->block->origin;
	uint64_t first;
	size_t n = 0;

	if (!o || o->frame[i] % BLOCK_PAGES != i)
		return false;
	first = o->frame[i] - i;
	for (size_t j = 0; j < BLOCK_PAGES; j++)
		n += o->frame[j] == first + j;
	return n > 1;
}

uint8_t unflagged_changed(const struct ledger *l, struct page_run *r, size_t k, uint64_t flags)
{
	size_t i = r->at[k];

	if (flags & KPF_SWAPCACHE)
		return PAGE_SHARED;
	if (r->block->origin && r->block->origin->frame[i] == entry_frame(r->entries[k]))
		return PAGE_ORPHANED; /* the base's page is in swap, the frame is the old one */
	if (r->before[i] != PAGE_ORPHANED)
		return PAGE_COPIED;
	return kernel_has(l->oracle->kernel, KERNEL_REUSE) && !was_huge(r, i) ? PAGE_ORPHANED :
										PAGE_AMBIGUOUS;
}
