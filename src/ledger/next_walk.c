#include "ledger/next_walk.h"

#include "ledger/collapse.h"
#include "ledger/first_walk_doubt.h"
#include "ledger/holders.h"
#include "ledger/unflagged.h"
#include "ledger/walk_state.h"

static uint8_t when_swapped(uint8_t before)
{
	switch (before) {
	case PAGE_SHARED:
	case PAGE_RESHARED:
		return PAGE_SWAPPED_SHARED;
	case PAGE_ORPHANED:
	case PAGE_AMBIGUOUS:
		return PAGE_SWAPPED_ORPHANED;
	case PAGE_COPIED:
	case PAGE_COLLAPSED:
		return PAGE_SWAPPED_COPIED;
	case PAGE_COPIED_FILE:
		return PAGE_SWAPPED_COPIED_FILE;
	case PAGE_ABSENT:
	case PAGE_FILE:
	case PAGE_NEW:
		return PAGE_SWAPPED_NEW;
	default:
		return before;
	}
}

/* A private page where there was none, or none of its own. */
static uint8_t when_appeared(const struct page_run *r, size_t k)
{
	uint64_t e = r->entries[k];

	if (entry_exclusive(e))
		return run_made(r, k);
	if (entry_same_frame(e, r->base[k]) || r->root)
		return PAGE_SHARED;
	/* Others map it, and none was forked from this process: inherited, moved by mremap(2). */
	return r->parent || r->in->merged ? run_made(r, k) : PAGE_SHARED;
}

/* The master inherited nothing: what a fork shares of it counts as inherited from then on. */
static uint8_t when_kept(const struct page_run *r, size_t k, uint8_t state)
{
	if (!r->root || entry_exclusive(r->entries[k]))
		return state;
	return state_copied(state) ? PAGE_RESHARED : PAGE_SHARED;
}

/* The frame that the page had when it was last seen inherited; 0 when that is not known. */
static uint64_t former_frame(const struct page_run *r, size_t k)
{
	return origin_frame(r->block->origin, r->at[k]);
}

/* Does anybody map this frame, now? */
static bool is_mapped(const struct ledger *l, uint64_t frame)
{
	uint64_t count;

	return l->oracle->mappers && l->oracle->mappers(l->oracle->ctx, &frame, 1, &count, NULL) && count;
}

/* Has another process that page at its address, be it one that the master forked meanwhile, and that is in no walk? */
static bool child_has_it(const struct ledger *l, const struct page_run *r, size_t k)
{
	const struct ledger_oracle *o = l->oracle;

	return held_elsewhere(l, r->proc, r->at[k], r->entries[k]) ||
	       (r->root && o->newborn && o->newborn(o->ctx, r->proc));
}

/*
 * An inherited page that others map, in another frame than before. Migration moves it for all that
 * share it; where a process still has the old frame, this one copied the page and then forked. The child has the new
 * one there as well: what mremap(2) put there the others have elsewhere. Of whom no child is known yet the child may be
 * in the pool as another's: then the old frame was not left while one looked. The master is read first: what was
 * moved before that is moved in all.
 */
static uint8_t when_moved(const struct ledger *l, const struct page_run *r, size_t k)
{
	uint64_t old = former_frame(r, k);

	if (!old || !held_elsewhere(l, r->proc, r->at[k], PM_PRESENT | old))
		return PAGE_SHARED;
	if ((r->root || !r->parent) && (r->in->merged || !child_has_it(l, r, k)))
		return PAGE_SHARED;
	if (r->root)
		return PAGE_RESHARED;
	return r->parent || is_mapped(l, old) ? PAGE_COPIED : PAGE_SHARED;
}

/* Decides page of interest `k`, which was inherited and is present; false: flags must tell. */
static bool decide_inherited(const struct ledger *l, struct page_run *r, size_t k)
{
	uint64_t e = r->entries[k];
	uint8_t *state = &r->states[r->at[k]];
	bool same = former_frame(r, k) == entry_frame(e);

	if (entry_exclusive(e) && (!same || r->base[k] & PM_SWAP))
		return false;
	if (r->before[r->at[k]] == PAGE_RESHARED)
		*state = PAGE_RESHARED;
	else if (same)
		*state = entry_exclusive(e) ? PAGE_ORPHANED : PAGE_SHARED;
	else
		*state = when_moved(l, r, k);
	return true;
}

/* The same of any page. */
static bool decide_page(const struct ledger *l, struct page_run *r, size_t k)
{
	uint64_t e = r->entries[k];
	uint8_t before = r->before[r->at[k]], *state = &r->states[r->at[k]];

	if (!(e & PM_PRESENT)) {
		*state = e & PM_SWAP ? when_swapped(before) : PAGE_ABSENT;
		r->member->guessed += before == PAGE_AMBIGUOUS && *state; /* in swap it is an original */
		return true;
	}
	if (e & PM_FILE) {
		*state = PAGE_FILE;
		return true;
	}
	switch (before) {
	case PAGE_SHARED:
	case PAGE_ORPHANED:
	case PAGE_RESHARED:
		return decide_inherited(l, r, k);
	case PAGE_SWAPPED_SHARED:
		*state = PAGE_SHARED;
		return !entry_exclusive(e);
	case PAGE_SWAPPED_ORPHANED:
		*state = entry_exclusive(e) ? PAGE_ORPHANED : PAGE_SHARED;
		return true;
	case PAGE_COPIED:
	case PAGE_SWAPPED_COPIED:
		*state = when_kept(r, k, PAGE_COPIED);
		return true;
	case PAGE_COLLAPSED:
		*state = when_kept(r, k, PAGE_COLLAPSED);
		return true;
	case PAGE_COPIED_FILE:
	case PAGE_SWAPPED_COPIED_FILE:
		*state = when_kept(r, k, PAGE_COPIED_FILE);
		return true;
	case PAGE_NEW:
	case PAGE_SWAPPED_NEW:
		*state = when_kept(r, k, PAGE_NEW);
		return true;
	case PAGE_AMBIGUOUS:
		*state = when_kept(r, k, PAGE_AMBIGUOUS);
		return true;
	default:
		*state = when_appeared(r, k);
		return true;
	}
}

/*
 * Inherited pages that are exclusive now and in another frame: copied, unless they were moved. Or
 * in the same frame while the base's page is in swap: shared through the swap cache, or not.
 */
static void decide_changed(struct ledger *l, struct page_run *r, const uint16_t *changed, size_t n)
{
	uint64_t frames[BLOCK_PAGES], flags[BLOCK_PAGES];
	bool readable;

	for (size_t j = 0; j < n; j++)
		frames[j] = entry_frame(r->entries[changed[j]]);
	readable = l->oracle->flags && l->oracle->flags(l->oracle->ctx, frames, n, flags);
	for (size_t j = 0; j < n; j++) {
		uint8_t *state = &r->states[r->at[changed[j]]];

		if (readable && !flag_told_of(l, flags[j]))
			*state = unflagged_changed(l, r, changed[j], flags[j]);
		else if (!readable || flags[j] & KPF_ANON_EXCLUSIVE)
			*state = frames[j] == former_frame(r, changed[j]) ? PAGE_ORPHANED : PAGE_COPIED;
		else
			*state = flags[j] & KPF_SWAPCACHE ? PAGE_SHARED : PAGE_ORPHANED;
		if (!readable)
			first_walk_doubt_unread(r);
	}
}

void next_walk_block(struct ledger *l, struct page_run *r)
{
	uint16_t changed[BLOCK_PAGES];
	size_t n = 0;

	collapse_tell(l, r);
	for (size_t k = 0; k < r->n; k++)
		if (r->turned && entry_anon(r->entries[k]))
			r->states[r->at[k]] = collapse_state(r, r->before[r->at[k]]);
		else if (!decide_page(l, r, k))
			changed[n++] = (uint16_t)k;
	if (n)
		decide_changed(l, r, changed, n);
}
