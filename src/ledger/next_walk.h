#ifndef COWTOP_LEDGER_NEXT_WALK_H
#define COWTOP_LEDGER_NEXT_WALK_H

/*
 * Later walks of a process: a page's own history decides (the rules are in ledger.h). Flags are read
 * only for inherited pages whose frame changed. Internal to ledger/.
 */
#include "ledger/run.h"

/* The states of a process that a walk has seen. */
void next_walk_block(struct ledger *l, struct page_run *r);

#endif
