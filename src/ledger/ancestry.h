#ifndef COWTOP_LEDGER_ANCESTRY_H
#define COWTOP_LEDGER_ANCESTRY_H

/*
 * Who was forked from whom, as a first walk shows it, and what faults forbid. Internal to ledger/.
 *
 * A process's parent is not always who forked it: a fork of a fork that ended at once leaves a child of
 * the nearest subreaper (pitchfork, daemons), and a parent's end does the same. Then the process shares
 * copies with the one that it was forked from, and its parent has other pages there. That one is
 *
 *	older, a descendant of the parent as well, and it has, or had, children;
 *	the oldest of those that share at least half as many such pages as the one with the most;
 *	one that had at least as many minor faults as the parent cannot explain;
 *
 * provided that the parent did not write those pages later: it had too few faults for all of them, the older
 * one was watched when it made some of them, or a quarter of the parent's pages there are unwritten since
 * its last fork and no younger process shares them, or it has not even a mapping at some and the older one made
 * fewer copies than those since. If only the last two say so, the base is presumed, and the copies of such a
 * base are an estimate. Where nothing of it says so, but the older one is of an earlier burst and had the faults,
 * those of both are. Where no flag tells exclusive pages (KERNEL_FLAG) none is known to be unwritten.
 *
 * A copy costs a minor fault. So of the pages that look copied, and whose own flag does not tell since a
 * fork cleared it, a process made no more than it had faults for; the rest an ancestor made that is gone.
 * For the master, every private page that it has since its exec cost a fault as well. Where its faults do
 * not go as far as the originals that workers hold, and a worker had faults for them, that worker copied
 * and had children that are gone: it is to be walked again as such (struct ledger_kin).
 */
#include "ledger/run.h"

/* In a first walk, once the block's states are decided: which older processes have the pages that the base has
 * not. */
void ancestry_block(struct ledger *l, struct page_run *r);
/* At the end of a walk, before claims: who forked whom (`says` of the members), and what the master's faults
 * forbid. */
void ancestry_end(struct ledger *l);
/* What of its first walk process `proc` did not make itself, once it has its claims (estimate.h). */
void ancestry_deny(const struct ledger *l, size_t proc);
/* At most so many faults of the master can have been copies that it made before its first walk. */
uint64_t ancestry_master_faults(const struct ledger *l);

#endif
