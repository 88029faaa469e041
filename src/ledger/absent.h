#ifndef COWTOP_LEDGER_ABSENT_H
#define COWTOP_LEDGER_ABSENT_H

/*
 * A process that is gone (struct ledger_proc, gone): its children are compared with what it had when it forked
 * them, as far as they still show it. Internal to ledger/.
 *
 *	two of them map one frame		that is the original: a child with another page
 *					has copied it
 *	its own base has a page			that one, which it had inherited, or replaced
 *	one has a page without the flag "own"	that is the original, and the others have copied it
 *	all have pages of their own		there was one, perhaps, and all have copied it: LOST_FRAME. Contents
 *						decide: those of another of them stand for the original's
 *	one of them alone has a page		there was none: new
 *	a page of a file			the file's
 *
 * It has no states, no result, and maps nothing. Where it had another page than the master, the master's own
 * flag tells whether the master copied it.
 */
#include "ledger/ledger.h"

/* No machine has this frame: the page of an original that nobody shows. As far as the rules ask it is exclusive
 * and own: it proves nothing about its age. */
#define LOST_FRAME (PM_FRAME - 1)
#define ENTRY_LOST (PM_PRESENT | PM_EXCLUSIVE | LOST_FRAME)

static inline bool entry_lost(uint64_t e)
{
	return entry_frame(e) == LOST_FRAME;
}

/* What it had in the current block takes its place among `views`: l->views from then on. */
void absent_view(struct ledger *l, const struct ledger_view *views);
/* Which originals its children hold that the master, its base, has not any more (l->stranded, see master.h).
 * Once the master's block is classified. */
void absent_originals(struct ledger *l);
/* Adds the frames that it shows to the footprint: its children are counted without what they have of their
 * base. */
void absent_frames(struct ledger *l);

#endif
