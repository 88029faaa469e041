#ifndef COWTOP_LEDGER_BLOCK_H
#define COWTOP_LEDGER_BLOCK_H

/*
 * What the ledger remembers of one process in one block: a state a page, and the frames that its
 * inherited pages had when they were last seen. Internal to ledger/.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "ledger/origin.h"
#include "ledger/states.h"
#include "model/page_entry.h"

enum page_state {
	PAGE_ABSENT,
	PAGE_SHARED,   /* inherited, others map the frame; this and the next two are state_inherited() */
	PAGE_ORPHANED, /* inherited, nobody else does */
	PAGE_RESHARED, /* the master only: its own copy, shared again by a later fork */
	PAGE_COPIED,
	PAGE_COLLAPSED, /* copied by the kernel, in making a huge page: collapse.h */
	PAGE_COPIED_FILE,
	PAGE_NEW,
	PAGE_FILE,
	PAGE_AMBIGUOUS, /* inherited or copied, nothing tells: estimate.h, unflagged.h, first_walk.h */
	/* swapped out, and what it was before */
	PAGE_SWAPPED_SHARED,
	PAGE_SWAPPED_ORPHANED,
	PAGE_SWAPPED_COPIED,
	PAGE_SWAPPED_COPIED_FILE,
	PAGE_SWAPPED_NEW,
	PAGE_STATES,
};

static inline bool state_inherited(uint8_t s)
{
	return s == PAGE_SHARED || s == PAGE_ORPHANED || s == PAGE_RESHARED;
}

/* Inherited, and never written since: in memory or in swap. */
static inline bool state_original(uint8_t s)
{
	return state_inherited(s) || s == PAGE_SWAPPED_SHARED || s == PAGE_SWAPPED_ORPHANED;
}

/* Inherited, and replaced by an own copy. */
static inline bool state_copied(uint8_t s)
{
	return s == PAGE_COPIED || s == PAGE_COLLAPSED;
}

/* Pages a state, over a block or a process. */
struct tally {
	uint32_t n[PAGE_STATES];
};

/* Owns a reference of its origin and of its states, and `counted`. */
struct block {
	uint64_t index;        /* page number >> BLOCK_SHIFT */
	struct origin *origin; /* NULL: no page is inherited */
	struct states *states; /* NULL: all pages are `uniform` */
	uint8_t uniform;       /* enum page_state, as all states of a page in a byte */
	uint8_t *counted;      /* the master: as what its pages count; NULL: as their states */
};

/* The blocks of a process, by ascending index. */
struct block_list {
	struct block *items;
	size_t n, cap;
};

static inline uint8_t block_state(const struct block *b, size_t i)
{
	return b->states ? states_at(b->states, i) : b->uniform;
}

/* Keeps the states of a block, which were `before`; uniform blocks keep no array, and others share those of
 * `known` when they agree. */
void block_store(struct block *b, const uint8_t before[static BLOCK_PAGES],
		 const uint8_t states[static BLOCK_PAGES], struct known_states *known);
/* Hand the block one reference of `o` (or NULL), dropping the one it had. */
void block_set_origin(struct block *b, struct origin *o);
void block_release(struct block *b);
void block_list_release(struct block_list *list);

#endif
