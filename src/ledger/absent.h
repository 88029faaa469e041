#ifndef COWTOP_LEDGER_ABSENT_H
#define COWTOP_LEDGER_ABSENT_H

/*
 * A process that is gone (struct ledger_proc, gone): its children are compared with what it had when it forked
 * them, as far as they still show it. Internal to ledger/.
 *
 *	two of them map one frame		that is the original: who has another page copied it
 *	its own base has a page			that one, which it had inherited, or replaced
 *	one has a page without the flag "own"	that is the original, and the others have copied it
 *	all have pages of their own		there was one, perhaps, and all have copied it: LOST_FRAME. Contents
 *						decide: those of another of them stand for the original's
 *	one of them alone has a page		there was none: new
 *	a page of a file			the file's
 *
 * It has no states and no result. Where it had another page than the master, the master's own flag tells whether
 * the master copied it.
 */
#include "ledger/ledger.h"

/* No machine has this frame. Exclusive and own, as far as the rules ask: it proves nothing about its age. */
#define LOST_FRAME (PM_FRAME - 1)
#define ENTRY_LOST (PM_PRESENT | PM_EXCLUSIVE | LOST_FRAME)

static inline bool entry_lost(uint64_t e)
{
	return entry_frame(e) == LOST_FRAME;
}

/* Puts its table of this block among `views`: what l->views is from then on. */
void absent_view(struct ledger *l, const struct ledger_view *views);
/* Which originals are held by its children that the master has not any more: see master.h. */
void absent_originals(struct ledger *l);
/* What its children are counted without, as what they have of their base. */
void absent_frames(struct ledger *l);

#endif
