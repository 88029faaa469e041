#ifndef COWTOP_LEDGER_FIRST_WALK_PLACE_H
#define COWTOP_LEDGER_FIRST_WALK_PLACE_H

/*
 * Where a page lies, and what is in it: what that tells of a page that a process and its base both have in
 * frames of their own (first_walk.h, rules 5 to 9). Internal to ledger/. `i`: page of the current block.
 */
#include "ledger/likeness.h"
#include "ledger/run.h"

/* Comparing the contents of two pages costs as much as reading the flags of so many. */
#define LIKENESS_COST 16

/* Is it of the stack, as its process knows it (struct ledger_proc)? */
static inline bool is_on_stack(const struct page_run *r, size_t i)
{
	uint64_t page = r->block->index * BLOCK_PAGES + i;

	return page >= r->in->stack_from && page < r->in->stack_to;
}

/* Is it of a private mapping of a file? */
static inline bool is_of_file(const struct page_run *r, size_t i)
{
	return view_kind(r->view, i) == KIND_FILE_PRIVATE;
}

/* Is it of the heap that is younger than the fork (rule 7), as long as nothing inherited was met there? */
static inline bool is_late(const struct page_run *r, size_t i)
{
	uint64_t page = r->block->index * BLOCK_PAGES + i;

	return page >= r->in->late_from && page < r->in->late_to && !r->member->late_denied;
}

/* How alike the page and the base's are (likeness.h), in percent; 0 where it is younger than the fork by its
 * place (rule 7), -1: contents tell nothing, or are not to be asked (rules 5 and 6). Takes its part of the
 * budget. */
int first_walk_likeness(struct ledger *l, const struct page_run *r, size_t i);

/* Before a block's open pages are decided: what was inherited in the heap denies that the heap ended below it at
 * the fork. */
void first_walk_place_begin(struct page_run *r);
/* After them: an inherited page shows how deep the stack was at the fork. */
void first_walk_place_end(struct page_run *r);

#endif
