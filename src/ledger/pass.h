#ifndef COWTOP_LEDGER_PASS_H
#define COWTOP_LEDGER_PASS_H

/*
 * One block of a walk over all processes, parents first: picks the pages of interest of each (pick.h), lets the
 * rules decide (first_walk.h, next_walk.h, estimate.h), and counts (account.h, share_walk.h). The master is
 * looked at first and counted last, as what its pages count depends on its workers (master.h). Internal to
 * ledger/.
 */
#include "ledger/ledger.h"

/* As ledger_block(). */
void pass_block(struct ledger *l, uint64_t index, const struct ledger_view *views);

#endif
