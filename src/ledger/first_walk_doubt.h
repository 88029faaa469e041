#ifndef COWTOP_LEDGER_FIRST_WALK_DOUBT_H
#define COWTOP_LEDGER_FIRST_WALK_DOUBT_H

/* What the evidence of the first walk (first_walk.h) was worth. Internal to ledger/; counts are pages. */
#include "ledger/open_page.h"
#include "ledger/run.h"

/* Page `i` of the block, if it counts as copied, is in doubt: nothing says that it was there at the fork.
 * `rewritten`: the base has written its own since. */
void first_walk_doubt_copy(const struct page_run *r, size_t i, bool rewritten);
/* Page `i` is ambiguous: should it count as copied, so is it in doubt. */
void first_walk_doubt_open(const struct page_run *r, size_t i);
/* A page has got its state without the page flags that would tell: the copies are an upper bound. What of them is
 * none may be of any class: new, or an original that the others have copied. */
void first_walk_doubt_unread(const struct page_run *r);
/* These open pages, whose flags could not be read: bit 56 is believed. */
void first_walk_blind(struct page_run *r, const struct open_page *open, size_t n);

/*
 * The label of a process of which `resident` pages are known. Up to one percent or FIRST_WALK_TOLERANCE pages
 * may rest on a guess without a label. Beyond that: copies in doubt, and those that rule 3 found in a process
 * that also holds, or may hold, originals which its base rewrote (so the base wrote between the forks, as Celery's does),
 * are an upper bound; what contents or a few pages decided is an estimate, and so are pages that look shared and that
 * it may have made before it forked children of its own, as then there may be more copies. An upper bound as well when
 * flags were not to be read, or a page of the stack was assumed to be copied where nothing tells; and when contents,
 * asked for want of all else, do not tell of more than one percent of the copies, be they ever so few.
 */
#define FIRST_WALK_TOLERANCE 64
enum exactness first_walk_exactness(const struct member *m, fact resident);
/* Of this walk or the last one it was in: were more pages moved while one looked? Then it is an estimate. */
bool first_walk_unsteady(const struct member *m, fact resident);
/*
 * At the end of a first walk, what the faults of the master tell of copies in doubt. A page which the
 * master wrote since its last fork, and which was there before it, took two of its faults: one that made it,
 * one since. Where every page of the master took one, as many can have been copied as it had faults beyond
 * those; the others are new. `of_master`: the master in this walk, with its faults after it.
 */
void first_walk_refute(struct member *m, const struct member *master, const struct ledger_proc *of_master,
		       const struct ledger_oracle *oracle);
/* How many pages that makes; none where the result is no upper bound, or no estimate. */
struct doubt_facts first_walk_doubt(const struct member *m, fact resident);

#endif
