#include "ledger/first_walk_nested.h"

#include "ledger/first_walk_doubt.h"
#include "ledger/holders.h"
#include "ledger/siblings.h"
#include "ledger/walk_state.h"

bool first_walk_is_nested(const struct ledger *l, const struct page_run *r, const struct open_page *o)
{
	if (!entry_anon(r->base[o->k]) || o->own & KPF_KSM)
		return false;
	if (!entry_exclusive(r->entries[o->k]))
		return r->parent;
	return (r->parent || r->in->has_forked || r->in->revised) && flag_told(l) &&
	       !(o->own & KPF_ANON_EXCLUSIVE);
}

void first_walk_nested(const struct ledger *l, struct page_run *r, const struct open_page *o, bool older)
{
	uint8_t *state = &r->states[r->at[o->k]];

	if (older && !r->in->revised) {
		*state = first_walk_nested_copy(l, r, o->k);
	} else if (held_outside(l, r->proc, r->at[o->k], r->entries[o->k])) {
		*state = first_walk_inherited(l, r, o->k);
	} else {
		*state = PAGE_AMBIGUOUS;
		first_walk_doubt_open(r, r->at[o->k]);
	}
}

uint8_t first_walk_nested_copy(const struct ledger *l, struct page_run *r, size_t k)
{
	if (held_outside(l, r->proc, r->at[k], r->entries[k]))
		return PAGE_SHARED;
	r->member->nested++;
	return PAGE_COPIED;
}

uint8_t first_walk_nested_new(const struct ledger *l, struct page_run *r, size_t k)
{
	struct member *m = r->member;

	if (held_outside(l, r->proc, r->at[k], r->entries[k]))
		return PAGE_SHARED;
	m->nested_new++;
	m->guessed += !sibling_lacks(l, r, r->at[k]);
	return run_made(r, k);
}

uint8_t first_walk_inherited(const struct ledger *l, const struct page_run *r, size_t k)
{
	struct holders who;

	if (!flag_told(l) && r->in->has_forked && entry_anon(r->base[k]) &&
	    holders_of(l, r->at[k], r->entries[k], &who) && who.first == r->proc)
		r->member->perhaps_nested++;
	return PAGE_SHARED;
}

/* Is a merged page one that the pool shares at this address, or a page of its own? */
static bool merged_in_pool(const struct ledger *l, const struct page_run *r, size_t k)
{
	return r->root ? held_elsewhere(l, r->proc, r->at[k], r->entries[k]) : entry_anon(r->base[k]);
}

uint8_t first_walk_merged(const struct ledger *l, const struct page_run *r, const struct open_page *o)
{
	bool merged = o->own & KPF_KSM;

	r->member->guessed += merged && kernel_lacks(l->oracle->kernel, KERNEL_KSM);
	if (entry_exclusive(r->entries[o->k])) /* those it was merged with are gone */
		return run_made(r, o->k);
	return merged && !merged_in_pool(l, r, o->k) ? run_made(r, o->k) : first_walk_inherited(l, r, o->k);
}
