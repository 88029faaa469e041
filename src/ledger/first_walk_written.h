#ifndef COWTOP_LEDGER_FIRST_WALK_WRITTEN_H
#define COWTOP_LEDGER_FIRST_WALK_WRITTEN_H

/*
 * Pages that a process and its base have both written (first_walk.h, rules 3 to 9): what tells is which of them is
 * older, where the page is, or what is in it.
 */
#include "ledger/first_walk.h"
#include "ledger/likeness.h"

/* Around a block's open pages: what the block itself shows of where heap and stack ended at the fork. */
void first_walk_written_begin(struct page_run *r);
void first_walk_written_end(struct page_run *r);
/* Decides one of them; the base's flags are known. */
void first_walk_written(struct ledger *l, struct page_run *r, const struct open_page *o);
/* In percent, 0 where rule 7 applies, -1: unknown, or rules 5 and 6 do; takes its part of the budget. */
int first_walk_likeness(struct ledger *l, const struct page_run *r, const struct open_page *o);

#endif
