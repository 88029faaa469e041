#ifndef COWTOP_LEDGER_FIRST_WALK_H
#define COWTOP_LEDGER_FIRST_WALK_H

/*
 * The first walk of a process: nothing is remembered, the states come from evidence. For a page that is
 * exclusive and differs from the base's page at the same address, in this order:
 *
 * 1. An older sibling still shares the base's frame: the frame is older than this process, so it
 *    inherited it and has replaced it: copied.
 * 2. The page's own flag (KPF_ANON_EXCLUSIVE) is clear: it was inherited and never written since;
 *    the base copied or dropped it.
 * 3. The base's page is unwritten since a fork, and this process belongs to the youngest burst of
 *    forks: the page was there at its fork: copied. Not so in a transparent huge page, which no copy makes; a
 *    page of hugetlbfs is copied as a whole. Where one of that burst has nothing there, it dropped
 *    the page, or the base made it between the forks, and this process its own as well: in doubt, unless
 *    rule 4 holds. Of pages that a fork by this process has shared again it says nothing where a child of the base
 *    is gone: that one's fork may be what the flag tells of.
 * 4. An older sibling that never forked has a page there which it inherited, another one than the base's by now:
 *    so it was there: copied. Not so for sure where that sibling is of an earlier burst: the base may have written
 *    the page between the two forks, and again after the second, so that the process was alone with the first
 *    copy when it wrote: in doubt, as it is whether the base copied.
 * 5. It is of the stack: copied. What is there once stays, so where any page further down is inherited,
 *    the stack was deeper at the fork. Where none is, the result is an upper bound.
 * 6. It is of a private mapping of a file: copied. Both have the file's bytes, whenever they wrote: in
 *    doubt.
 * 7. It is of the heap above where that ended at the fork, as the mappings show: new.
 * 8. The contents are not alike: both allocated it after the fork: new.
 * 9. They are alike: copied. In a large folio, where the base's page is as in rule 3, that is certain
 *    (collapse.h); else both may have loaded the same after the fork: in doubt. They tell nothing or cannot
 *    be read: copied is assumed, and in doubt.
 *
 * A page that is not exclusive is inherited, and so is one without the flag. But a process that forks children
 * of its own shares its copies with them, and the fork clears the flag of all its pages. Where one that is no
 * child of it has the frame too, it is inherited all the same, be it from an ancestor that is gone. Else, where
 * the base has another page there, rules 1 and 3 prove a copy that was made before; without them it is
 * ambiguous: of such pages as many count as copied as the process had minor faults that nothing else explains,
 * in doubt, as both may have made theirs after the fork, and the rest as inherited. What no child claims, the
 * master copied, as far as its faults go. Where the base has none it is new. Who is such a process, and how faults
 * bound it all: ancestry.h.
 *
 * Rules 3 to 9 are in first_walk_written.h, those of such a process in first_walk_nested.h, and what all that
 * is worth in first_walk_doubt.h. Contents change with every call that the program makes, so they are asked
 * last, and only of memory that programs allocate: see likeness.h for what they tell where.
 */
#include "ledger/run.h"

/*
 * In a burst each fork follows the one before within a quarter of a second (USER_HZ is 100 on every Linux):
 * servers fork one worker after the other, gunicorn with a random sleep of up to 0.1 s between. A base that
 * takes longer may load something meanwhile, as its workers do.
 */
#define BURST_GAP_TICKS 25

/*
 * Open pages looked at one by one in a walk (a few ms); comparing contents costs as much as the flags
 * of LIKENESS_COST pages. Beyond that FIRST_WALK_SAMPLE pages decide for all of a block that are open in
 * the same way, when they agree, and the result is an estimate.
 */
#define FIRST_WALK_BUDGET 131072
#define FIRST_WALK_SAMPLE 3

/* Decides the pages of interest of a process that no walk has seen. */
void first_walk_block(struct ledger *l, struct page_run *r);

#endif
