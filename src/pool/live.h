#ifndef COWTOP_POOL_LIVE_H
#define COWTOP_POOL_LIVE_H

/*
 * Samples of a running pool. Only looks: /proc files are read, nothing is written, stopped or
 * signalled, and /proc/PID/mem is read for present candidate pages only (never
 * process_vm_readv: it unshares what it reads).
 *
 *	struct live *l;
 *	live_open(&fs, &target, &l, &err);
 *	for (;;) {
 *		struct sample s;
 *		sample_init(&s);
 *		int r = live_sample(l, &s, &err);	// 1: a sample; 0: the pool is gone; -1: error
 *		...
 *		sample_release(&s);
 *	}
 *	live_close(l);
 */
#include "base/err.h"
#include "find/target.h"
#include "model/region.h"

struct live;

/* Takes over target->table, for the first sample if that comes soon. */
int live_open(const struct procfs *fs, struct target *target, struct live **ret, struct err *err);
/* 1, or 0 when the pool has gone (ret is then empty), or -1. STATUS_DENIED when not even
 * smaps_rollup of the master or any forked process can be read. A master that ends leaves the pool to
 * those that it forked, as long as one of them lives. */
int live_sample(struct live *l, struct sample *ret, struct err *err);
/*
 * Leave out of a walk who stands still: processes whose own and whose base's minor and major faults
 * and RSS did not move since the sample before, in a pool with the same members. What another
 * process does to their pages (a sibling's exit makes shared pages orphaned) shows up with the whole
 * walk every 30 s, or less often in a pool so large that this would take more than a 500th of a CPU;
 * sooner, within that part, where khugepaged was at work. Who has not run at all in between (sys/standstill.h)
 * is not asked for what cannot have changed then: his title, his collector, his children.
 * Off at first: a sample is then exact by itself.
 */
void live_set_walk_skip(struct live *l, bool on);
/* The next walk is to leave nobody out, as far as the budget allows. */
void live_want_whole(struct live *l);
/*
 * How much of one CPU cowtop may use; 0: no limit, as at first. Where walks may leave processes out, one that
 * cannot be paid (pool/budget.h) does not take place: memory and pages of who has moved since stay what they
 * were, with their age. Where they may not, all are walked, and it is paid afterwards. `saved_s`: what so many
 * seconds earn can be spent at once.
 */
void live_set_budget(struct live *l, double share, double saved_s);
/* From now on the processes of the machine come from there, where others look as well, in this thread; NULL: each
 * sample reads them itself, as at first. Borrowed. */
void live_set_tables(struct live *l, struct table_recent *tables);
/* The account goes on with another pool. */
void live_inherit(struct live *l, const struct live *before);
/* Are there processes whose pages of the last sample are older than that? */
bool live_is_behind(const struct live *l);
/* From this sample to the next at the least, so that the budget is kept; 0: no limit. */
int64_t live_interval_least(const struct live *l);
/* Regions and page map of a process of the last sample, as the ledger has them. */
int live_address_space(struct live *l, pid_t pid, struct address_space *ret, struct err *err);
/* For poll(2): readable when it is time to ask live_ended(). Negative: that cannot be told. Only after a
 * sample, and anew after each. */
int live_end_fd(struct live *l);
/* Has the master ended, or who leads in its place? True once; the next live_sample() tells who is left. */
bool live_ended(struct live *l);
/* Has somebody come to the pool, or gone, since the last sample? In a few small reads. */
bool live_changed(struct live *l);
void live_close(struct live *l); /* NULL is fine */

#endif
