#ifndef COWTOP_POOL_WALK_STEADY_H
#define COWTOP_POOL_WALK_STEADY_H

/*
 * A walk (walk.h) beside a kernel that moves pages to other frames: compaction, NUMA balancing, move_pages(2). What it
 * has moved so far it counts (sys/vmstat.h): where that is the same before a walk and after it, nothing was moved
 * meanwhile. Else the walk is done once more, and each block of it read twice (walk_parts.h, walk_is_unsteady()); the
 * next walk is such a one at once. It costs two reads of one file. A first walk that found that others map pages of
 * the pool is made again as well (ledger.h, ledger_missed_some()).
 */
#include "pool/walk.h"

/*
 * Of whom the ledger has to forget what it knows, as it rests on a walk that did not read all that it should have:
 * those of whom, or of whose base, nothing could be read in the samples before, and their master; and where the walk
 * is done `again` for this sample, those whose first one it is. Before walk_steadily().
 */
void walk_choose_anew(struct member_proc *members, size_t n, bool again);
/* As walk_pool(), perhaps twice. */
void walk_steadily(struct walk_io *io, struct ledger **ledger, struct member_proc *members, size_t n);
/* Where the pool is looked at for the first time: the ledger begins anew. */
void walk_forget_first(const struct walk_io *io, struct ledger **ledger, const struct member_proc *members,
		       size_t n);

#endif
