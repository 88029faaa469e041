#ifndef COWTOP_LEDGER_ESTIMATE_H
#define COWTOP_LEDGER_ESTIMATE_H

/*
 * The rules without frame numbers: bit 56 and the first walk, bounded by faults. Internal to ledger/.
 *
 * A page that is not exclusive is shared. One that appears where there was none is new. An inherited
 * page that is exclusive, and in a first walk an exclusive page where the base has one too, is
 * ambiguous: this process copied it, or the others did or went away. A copy costs a minor fault, and
 * so does a new page: of the ambiguous pages of a walk at most (minor faults since the walk before -
 * pages that appeared) count as copied, the rest as orphaned.
 *
 * In a first walk both may have made a page after the fork, where the base's is exclusive as well: such pages that
 * count as copied are in doubt (doubt_facts), but for those that are younger by their place, which are new. Their
 * contents are not asked: the base may have never written its own, and the process all of its copy. Not so where
 * others share the base's page, and the process is of the youngest burst of forks. A huge page of hugetlbfs is
 * copied by one fault, and a transparent one that both have may have come with one.
 *
 * A page of a process with children that is not exclusive while the base's is was not inherited from what the
 * base has now: it is ambiguous as well. Where the base's is not exclusive either no page shows it: there as
 * many count as copied as its proportional share of memory says, and its faults allow. What no child claims of
 * the master's pages the master copied, as far as its own faults go (ancestry.h).
 *
 * Measured against known truth on 16 scenarios: within 0.3 % in ten of them, up to 25 % where one
 * worker is left or memory is freed and touched again.
 */
#include "ledger/run.h"

/* The states of a process's pages of interest. */
void estimate_block(struct ledger *l, struct page_run *r);
/* The master's exclusive pages, once the workers of the block are known. */
void estimate_master(struct ledger *l, struct page_run *root);
/*
 * At the end of a walk, with frame numbers as well, of a process that is not the master: how many of its
 * ambiguous pages are copies (m->claimed), as far as faults go that nothing else explains; a huge page takes
 * one. A fault during the walk may belong to a page that was read before it: what such faults do not explain
 * now, they may next time (m->spare).
 */
void estimate_claim(struct member *m, const struct ledger_proc *p);
/* After that, in the first walk of process `proc`: how many pages that look shared it may share with its own
 * descendants alone; without frame numbers, as how many of them count so. */
void estimate_nested_claim(const struct ledger *l, size_t proc);

#endif
