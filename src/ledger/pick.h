#ifndef COWTOP_LEDGER_PICK_H
#define COWTOP_LEDGER_PICK_H

/*
 * What of a block is to be looked at page by page. Internal to ledger/.
 *
 * First the words of every process are compared with its base's (bits.h), all processes of the block at once:
 * pick_differing(). Then, when it is a process's turn, what is left of it falls in two: pages that are settled
 * by what is known already, without a flag, a neighbour or the contents; and those of interest.
 *
 * Settled is a present private page in a frame of its own, mapped by this process alone,
 *	first walk		where an older sibling shares the base's page (first_walk.h, rule 1), or frames
 *				lie in rows that tell it (first_walk_row.h): copied
 *	later walks		that was copied or new before: what it was
 * in a block that cannot be one huge page: those are looked at as a whole (collapse.h).
 */
#include "ledger/run.h"

/* The current block's words against their bases': l->differ, l->own. */
void pick_differing(struct ledger *l);
/* Sets the run's `like`, `states`, `before`, its pages of interest; counts those that are settled, and all
 * frames. */
void pick_pages(struct ledger *l, struct page_run *r);

#endif
