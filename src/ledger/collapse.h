#ifndef COWTOP_LEDGER_COLLAPSE_H
#define COWTOP_LEDGER_COLLAPSE_H

/*
 * Small pages that the kernel made one huge page of: khugepaged, or madvise(MADV_COLLAPSE). It copies what
 * is there into a fresh huge page, pages that others map as well, and zeroes the rest (mm/khugepaged.c,
 * collapse_huge_page(); Linux 5.8 to 7.2). No process takes a fault for that and no call stack made it.
 * khugepaged leaves a block alone where more than max_ptes_shared pages are shared or more than max_ptes_none
 * absent; smaller folios (mTHP, 7.2) it never makes of shared pages.
 *
 * Told by the block: before it had small pages, or holes, and now all that is there lies in one folio at its
 * place, which is this process's alone. A fault can bring a whole huge page only where nothing was mapped, so
 * what else may have happened is that the process gave everything back and touched it again, or moved other
 * memory there: then the contents are others than those that the pool has at this address. Where contents
 * tell nothing, faults do: a collapse takes none. Migration moves a folio for all who map it, and fills no
 * hole; hugetlb pages are never collapsed.
 *
 * Of the pages of such a block that were shared become PAGE_COLLAPSED; what nobody else mapped was moved and
 * stays what it was; holes become new. None of them took a fault.
 *
 * In a first walk: pages in a folio that the base has not, with contents like the base's, were collapsed, and
 * with them those around that are not alike but were there at the fork. Whether the process had copied some of
 * them before is not to be seen any more: at most. Where the base has written its own since its last fork, both
 * may as well have loaded the same after the fork, in huge pages that their faults brought: in doubt.
 *
 * Without frame numbers: the block is one huge page now (PAGEMAP_SCAN, Linux 6.7; else AnonHugePages has
 * grown by one), this process's alone, and had shared pages or holes. Where all of its pages were shared it
 * may have been one huge page before: there AnonHugePages must have grown in any case.
 * In a first walk without PAGEMAP_SCAN: of the blocks that could be one and hold what the base's hold, as many
 * as the process has huge pages more than its base; which of them is a guess, and others stay ambiguous.
 *
 * Where huge pages have more pages than a block (arm64 with pages of 16 KiB: four blocks), a part of one in
 * which nothing was mapped before looks like a fault on new memory. Internal to ledger/.
 */
#include "ledger/run.h"

/* Later walks, with frame numbers: sets r->turned. */
void collapse_tell(struct ledger *l, struct page_run *r);
/* The state of a present page of a block with r->turned, and of one whose process has no frame numbers. */
uint8_t collapse_state(const struct page_run *r, uint8_t before);
/* First walk, after first_walk_block(). */
void collapse_first_walk(struct ledger *l, struct page_run *r);
/* The same of the master, after its children. */
void collapse_first_walk_master(struct ledger *l, struct page_run *root);
/* Without frame numbers: sets r->turned. */
void collapse_estimate(struct ledger *l, struct page_run *r);

#endif
