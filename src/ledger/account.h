#ifndef COWTOP_LEDGER_ACCOUNT_H
#define COWTOP_LEDGER_ACCOUNT_H

/*
 * What a block adds to the sums of a process, once the states of its pages are known: pages a state, the faults
 * that explain the changes since the walk before, and what changed without a fault (struct growth_facts); for
 * the master, which of its originals a worker holds. Internal to ledger/.
 *
 * A huge page takes one fault, whether it is new or a copy. How the file pages came that a process had at
 * cowtop's first walk is not asked; but they explain faults where those bound the copies (unflagged.h): fork
 * leaves out the page tables of file mappings that have no page of their own (mm/memory.c, vma_needs_copy(),
 * Linux 6.18).
 */
#include "ledger/run.h"

/* Counts the run's pages, and keeps their states for the walks to come. */
void account_block(struct ledger *l, struct page_run *r);

#endif
