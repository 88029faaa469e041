#ifndef COWTOP_LEDGER_MASTER_H
#define COWTOP_LEDGER_MASTER_H

/*
 * What is special about the master: it inherited nothing, and whether a page that it rewrote counts
 * as a copy depends on whether a worker still holds the original. So its states say what happened to
 * a page, and as what it counts is found anew in each walk. Internal to ledger/.
 */
#include "ledger/run.h"

/* As what the master's page of interest `k` counts (enum page_state), once its workers' states are known. */
uint8_t master_counts_as(const struct ledger *l, const struct page_run *r, size_t k);
/* Page of interest `k` of `r` is an original (state_original()): has the master had it, and another page there by
 * now? */
bool master_lost(const struct ledger *l, const struct page_run *r, size_t k);
/* Notes for the master which of its pages of interest its child in `r` has copied, certainly or perhaps. */
void master_note_child(struct ledger *l, const struct page_run *r);
/* In its first walk, once its workers' states are known: the master's copies are known by the originals that
 * workers hold; where the kernel does not tell exclusive pages (unflagged.h), its originals by their copies. */
void master_first_walk(const struct ledger *l, struct page_run *root);
/* In a partial walk the originals that it leaves out are held as before. */
void master_remember_stranded(struct ledger *l, const struct page_run *root);
/* At the end of a walk, in which the master had so many minor faults: of the ambiguous pages those that no
 * worker claims are the master's copies. */
void master_claim(struct ledger *l, uint64_t faults);
/* For ledger_classes(): as what the pages of a block count, where that is not their state. */
void master_keep_counted(const struct ledger *l, struct page_run *root);

#endif
