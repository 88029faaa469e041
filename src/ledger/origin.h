#ifndef COWTOP_LEDGER_ORIGIN_H
#define COWTOP_LEDGER_ORIGIN_H

/*
 * The frames that the inherited pages of a block had when they were last seen, shared by all processes that
 * inherited the same ones. Internal to ledger/.
 *
 * While its block is the current one an origin is open: a word a page. Between two walks it is closed: memory
 * is given to a process in rows of frames, up or down, and of each row it is kept where it begins. 2 GiB of
 * small pages are 4 MiB as words, 290 KiB as rows; what has no rows at all takes as much as before.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "model/page_entry.h"

/* Pages in a row: frames `first`, `first` + `step`, ... A frame has at most 52 bits, as addresses have 64. */
struct frame_row {
	uint64_t first : 53; /* 0 with step 0: pages that nobody uses */
	int64_t step : 2;
	uint64_t more : 9; /* pages after the first */
};

/* Counted references; most blocks of a pool have one origin. A slot is meaningful to a process only where its
 * page is inherited, and 0 while nobody uses it. */
struct origin {
	uint32_t refs;
	bool changed;    /* `rows`, if there are any, are not what `frame` is */
	uint64_t *frame; /* BLOCK_PAGES of them; NULL: it is closed */
	struct frame_row *rows;
	struct origin *next_open;
};

/* Those of the current block, with a reference each. */
struct open_origins {
	struct origin *first;
};

/*
 * An origin, open, that holds entries[i]'s frame for every inherited page i: one of the n candidates, which are
 * open, when it agrees (its free slots are filled in), else a new one. Returns it with a reference for the
 * caller; NULL when no page is inherited.
 */
struct origin *origin_intern(struct origin *const *candidates, size_t n,
			     const uint8_t states[static BLOCK_PAGES],
			     const uint64_t entries[static BLOCK_PAGES], struct open_origins *open);
/* Free slots of `to` get what `from` has there. Either may be NULL, here and below. */
void origin_carry_over(struct origin *to, const struct origin *from);
struct origin *origin_ref(struct origin *o);
void origin_unref(struct origin *o);
/* Its block is the current one; it may be open already. */
void origin_open(struct origin *o, struct open_origins *open);
/* The block is done: closes all, and gives their references back. */
void origins_close(struct open_origins *open);

/* The frame of page i of an open one; 0 when that is not known. */
static inline uint64_t origin_frame(const struct origin *o, size_t i)
{
	return o ? o->frame[i] : 0;
}

#endif
