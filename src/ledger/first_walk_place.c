#include "ledger/first_walk_place.h"

#include <string.h>
#include "ledger/walk_state.h"

/* Is any page of [from, to) in this block? */
static bool overlaps(const struct page_run *r, uint64_t from, uint64_t to)
{
	uint64_t first = r->block->index * BLOCK_PAGES;

	return from < to && from < first + BLOCK_PAGES && to > first;
}

int first_walk_likeness(struct ledger *l, const struct page_run *r, size_t i)
{
	if (is_late(r, i))
		return 0;
	if (!l->oracle->likeness || is_on_stack(r, i) || is_of_file(r, i))
		return -1;
	l->looks_left -= LIKENESS_COST;
	return l->oracle->likeness(l->oracle->ctx, r->proc, (size_t)r->in->base,
				   r->block->index * BLOCK_PAGES + i);
}

static void doubt_late(struct page_run *r)
{
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		if (is_late(r, i) && state_original(r->states[i]))
			r->member->late_denied = true;
}

void first_walk_place_begin(struct page_run *r)
{
	memset(r->stack_open, 0, sizeof(r->stack_open));
	if (overlaps(r, r->in->late_from, r->in->late_to))
		doubt_late(r);
}

/* What is open above an inherited page of the stack was there at the fork too. */
static void prove_stack(struct page_run *r)
{
	struct member *m = r->member;

	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		if (!is_on_stack(r, i))
			continue;
		if (bit_test(r->stack_open, i)) {
			m->unproven |= !m->stack_known;
			m->perhaps_new += !m->stack_known;
		} else {
			m->stack_known |= state_original(r->states[i]) || state_copied(r->states[i]);
		}
	}
}

void first_walk_place_end(struct page_run *r)
{
	if (overlaps(r, r->in->stack_from, r->in->stack_to))
		prove_stack(r);
}
