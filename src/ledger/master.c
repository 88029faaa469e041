#include "ledger/master.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "ledger/ancestry.h"
#include "ledger/walk_state.h"

/* A copy of the master's counts as copied while a worker holds the original; when none does any more it is a
 * page like any. */
uint8_t master_counts_as(const struct ledger *l, const struct page_run *r, size_t k)
{
	uint8_t state = r->states[r->at[k]];
	bool shared = !entry_exclusive(r->entries[k]);

	if (!r->in->frames || (!state_copied(state) && state != PAGE_RESHARED))
		return state;
	if (bit_test(l->stranded, r->at[k]))
		return state == PAGE_COLLAPSED ? state : PAGE_COPIED;
	return state_copied(state) ? run_made(r, k) : shared ? PAGE_SHARED : PAGE_ORPHANED;
}

void master_note_child(struct ledger *l, const struct page_run *r)
{
	if (r->in->base != 0)
		return;
	for (size_t k = 0; k < r->n; k++) {
		size_t i = r->at[k];

		if (!entry_anon(r->base[k]))
			continue;
		if (state_copied(r->states[i]))
			bit_set(l->left, i);
		else if (r->states[i] == PAGE_AMBIGUOUS)
			bit_set(l->ambiguous, i);
	}
}

/* Pages that look like the master's own, and those of which a child has perhaps the original. */
static void first_walk_left(const struct ledger *l, struct page_run *root)
{
	for (size_t k = 0; k < root->n; k++) {
		size_t i = root->at[k];
		uint8_t *state = &root->states[i];
		bool alone = entry_exclusive(root->entries[k]) &&
			     (*state == PAGE_NEW || *state == PAGE_COPIED_FILE);

		if (alone && bit_test(l->left, i) && !flag_told(l))
			*state = PAGE_ORPHANED;
		else if (bit_test(l->ambiguous, i) &&
			 (alone || (flag_told(l) && (*state == PAGE_SHARED || *state == PAGE_ORPHANED))))
			*state = PAGE_AMBIGUOUS;
	}
}

/* Without frame numbers: copies of this walk are those that it has faults for which nothing else explains. */
static void add_claimed(struct member *root, uint64_t before, uint64_t faults)
{
	uint64_t explained = root->touched + root->certain;
	uint64_t left = faults > explained ? faults - explained : 0;
	uint64_t more = root->claimed > before ? root->claimed - before : 0;

	root->growth.cow += (fact)(more < left ? more : left);
}

void master_claim(struct ledger *l, uint64_t faults)
{
	struct member *root = &l->members[0];
	uint64_t most = 0, before = root->claimed;
	uint64_t contested = 0; /* new of both, or which of both copied it is open */

	for (size_t i = 1; i < l->n; i++) {
		const struct member *m = &l->members[i];

		if (l->first && l->in[i].base == 0 && m->contested > contested)
			contested = m->contested;
		if (l->in[i].base == 0 && m->tally.n[PAGE_AMBIGUOUS] - m->claimed > most)
			most = m->tally.n[PAGE_AMBIGUOUS] - m->claimed;
	}
	root->claimed = most < root->tally.n[PAGE_AMBIGUOUS] ? most : root->tally.n[PAGE_AMBIGUOUS];
	if (l->first || !root->frames)
		root->faults_left = ancestry_master_faults(l) > root->tally.n[PAGE_COPIED] ?
					    ancestry_master_faults(l) - root->tally.n[PAGE_COPIED] :
					    0;
	if (root->claimed > root->faults_left)
		root->claimed = root->faults_left;
	root->guessed += (uint32_t)(contested < root->faults_left ? contested : root->faults_left);
	if (!root->frames)
		add_claimed(root, before, faults);
}

void master_first_walk(const struct ledger *l, struct page_run *root)
{
	for (size_t k = 0; k < root->n; k++) {
		uint8_t *state = &root->states[root->at[k]];

		if (entry_anon(root->entries[k]) && bit_test(l->stranded, root->at[k]))
			*state = state_inherited(*state) ? PAGE_RESHARED : PAGE_COPIED;
	}
	first_walk_left(l, root);
}

/* The frame of a page that the master shared by a fork; 0 when that is not known. */
static uint64_t masters_frame(const struct ledger *l, size_t i)
{
	const struct block *b = l->views[0].entries && !l->in[0].gone ? l->root.block : NULL;

	return b ? origin_frame(b->origin, i) : 0;
}

/*
 * A child whose parent is gone holds an original of the master's when the master had that frame; a child's
 * child when it has the frame that its own parent had inherited.
 */
bool master_lost(const struct ledger *l, const struct page_run *r, size_t k)
{
	const struct block *of_base;
	size_t i = r->at[k];

	if (entry_same_frame(r->entries[k], r->base[k]))
		return false;
	if (r->in->base == 0 && r->in->adopted && r->member->seen)
		return masters_frame(l, i) == entry_frame(r->entries[k]);
	if (r->in->base <= 0)
		return r->in->base == 0;
	if (entry_same_frame(r->entries[k], page_entry(l, &l->views[0], i)))
		return false;
	of_base = member_block(&l->members[r->in->base], r->block->index);
	if (of_base && origin_frame(of_base->origin, i))
		return origin_frame(of_base->origin, i) == entry_frame(r->entries[k]);
	return of_base && state_copied(block_state(of_base, i));
}

/* As what its pages count, where that is not their state; false when it is for all of them. */
static bool count_pages(const struct ledger *l, struct page_run *r, uint8_t *counted)
{
	bool differs = false;

	memcpy(counted, r->states, BLOCK_PAGES);
	for (size_t k = 0; k < r->n; k++) {
		counted[r->at[k]] = master_counts_as(l, r, k);
		differs |= counted[r->at[k]] != r->states[r->at[k]];
	}
	return differs;
}

void master_remember_stranded(struct ledger *l, const struct page_run *root)
{
	const struct block *b = root->block;

	for (size_t k = 0; k < root->n; k++) {
		size_t i = root->at[k];

		if (state_copied(b->counted ? b->counted[i] : root->before[i]))
			bit_set(l->stranded, i);
	}
}

void master_keep_counted(const struct ledger *l, struct page_run *root)
{
	uint8_t counted[BLOCK_PAGES];

	if (!count_pages(l, root, counted)) {
		free(root->block->counted);
		root->block->counted = NULL;
		return;
	}
	if (!root->block->counted)
		root->block->counted = xcalloc(1, BLOCK_PAGES);
	memcpy(root->block->counted, counted, BLOCK_PAGES);
}
