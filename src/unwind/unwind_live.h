#ifndef COWTOP_UNWIND_UNWIND_LIVE_H
#define COWTOP_UNWIND_UNWIND_LIVE_H

/*
 * The Python functions of a stack that waits for the collector, or in which the interpreter ends, read
 * from the process while it does (parse/python_frames.h).
 *
 * The process goes on meanwhile, so what was read counts for a snapshot only when
 *
 *	the address of the innermost frame is among the snapshot's words, as the loop that runs it
 *	keeps it there, and so is that of the instruction that comes next in it;
 *	the process's own stack, from that loop outwards, is after reading what the snapshot has;
 *	the same frame is still the innermost one, at the same instruction.
 *
 * Frames of outer loops count as long as each of these has its own first frame among its words. What
 * was read serves the other snapshots of the same collection, of which there are thousands: those with
 * the same stack from the loop outwards, while the interpreter's own count of collections says that
 * there was no other one.
 */
#include "unwind/unwind_image.h"
#include "unwind/unwind_table.h"
#include "unwind/unwind_memo.h"

struct unwind_live; /* what was read of one process */

struct unwind_live_reader {
	const struct procfs *fs;
	struct unwind_table *table;
	struct python_frames frames;
	struct unwind_live *next; /* what is just being read */
};

void unwind_live_init(struct unwind_live_reader *r, const struct procfs *fs, struct unwind_table *table);
void unwind_live_release(struct unwind_live_reader *r);

/* The trace with Python's functions in it, or as it is when they cannot be had. `*live` is NULL at
 * first. */
uint32_t unwind_live_trace(struct unwind_live_reader *r, struct unwind_image *im, struct unwind_live **live,
			   const struct unwind_snapshot *s, const struct unwind_known *known);
void unwind_live_free(struct unwind_live *l); /* NULL is fine */

#endif
