#ifndef COWTOP_LEDGER_UNFLAGGED_H
#define COWTOP_LEDGER_UNFLAGGED_H

/*
 * The rules where the kernel does not tell exclusive pages (KERNEL_FLAG, Linux 5.19). Internal to ledger/.
 * Nothing says of a page that one process alone maps whether that process wrote it or the others did.
 *
 * First walk, of a page that is exclusive and differs from the base's, in this order; the first two need
 * KERNEL_EXCLUSIVE_BIT, and KERNEL_EXCLUSIVE_EACH where the base has a huge page:
 *
 * 1. The base was watched since before the fork and still has the frame that it had: copied.
 * 2. Others map the base's frame, and this process belongs to the youngest burst of forks: the base has
 *    not written the page since: copied.
 * 3. The base has none: new; or the base freed it: a guess.
 * 4. The contents are unlike, and no stack's nor a file's: both allocated it after the fork: new.
 * 5. It is part of a large folio and the base's is not: the base copied; the other way round, when others of
 *    the folio's pages are still shared with it: copied.
 * 6. Ambiguous: of these as many count as copied as the process had minor faults that nothing else
 *    explains (estimate_claim()), the rest as orphaned. What is orphaned in a worker the master copied. And
 *    those that count as copied may be new, loaded by both: an upper bound.
 *
 * Later walks know each page's frame of before. An inherited page that comes back in another frame was copied
 * when others mapped it. When nobody else did, it was moved if the last owner's write keeps the frame
 * (KERNEL_REUSE, and no huge page), else it is ambiguous.
 *
 * Beyond FIRST_WALK_TOLERANCE ambiguous and guessed pages are an estimate.
 */
#include "ledger/open_page.h"
#include "ledger/run.h"

/* Decides `n` open pages of a first walk whose own flags were read. */
void unflagged_decide(struct ledger *l, struct page_run *r, struct open_page *open, size_t n);
/* The state of page of interest `k`, which was inherited, and is exclusive and in another frame than before.
 * `flags`: its frame's. */
uint8_t unflagged_changed(const struct ledger *l, struct page_run *r, size_t k, uint64_t flags);

#endif
