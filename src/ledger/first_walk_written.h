#ifndef COWTOP_LEDGER_FIRST_WALK_WRITTEN_H
#define COWTOP_LEDGER_FIRST_WALK_WRITTEN_H

/*
 * Pages that a process and its base have both written (first_walk.h, rules 3 to 9): what tells is which of the
 * two is older, where the page is, or what is in it. Internal to ledger/.
 */
#include "ledger/open_page.h"
#include "ledger/run.h"

/* Decides one of them; its flags and the base's are known. */
void first_walk_written(struct ledger *l, struct page_run *r, const struct open_page *o);

#endif
