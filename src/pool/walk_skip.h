#ifndef COWTOP_POOL_WALK_SKIP_H
#define COWTOP_POOL_WALK_SKIP_H

/*
 * Who has to be walked, where live_set_walk_skip() is on. Without a fault a process makes no copy
 * and touches no new page; what changes its pages from outside (KSM, compaction, siblings that exit) is
 * caught by the whole walk that comes every WALK_WHOLE_NS, less often where one takes more than a
 * WALK_WHOLE_PARTth of that: what stands still shall not cost a large pool its CPU. Sooner, as far as that part
 * goes, where khugepaged was at work, which copies shared pages.
 */
#include "base/clock.h"
#include "pool/member.h"

/*
 * Who has to be walked may have to wait for the budget (pool/budget.h): all of them, as a walk compares
 * siblings and bases with each other; or all but those that only the whole walk wants. What is known of who
 * waits is `due`: no longer true, and older with every sample.
 */

#define WALK_WHOLE_NS (30 * SECOND)
#define WALK_WHOLE_MOST_NS (20 * WALK_WHOLE_NS)
#define WALK_WHOLE_PART 500

struct walk_skip {
	int64_t whole_at;     /* of the last walk that left nobody out; 0: there was none */
	int64_t whole_before; /* of the one before, while the last one is not sure to take place */
	int64_t whole_cost;   /* CPU time of that sample, once it is known */
	bool whole;           /* the last walk was one */
	bool collapsed;       /* khugepaged has made huge pages since, of the pool or of others */
	bool changed;         /* others than in the sample before, or not all of them were measured then */
	bool wanted;          /* the next walk is to be one, as far as the budget goes */
	size_t nmembers;      /* of the sample before */
};

/* Nanoseconds from one walk that leaves nobody out to the next. */
int64_t walk_skip_every(const struct walk_skip *s);
/* Is it time for a walk that leaves nobody out? */
bool walk_skip_whole_is_due(const struct walk_skip *s, int64_t now_ns);
/* Sets `skip` and `due` of each. `s` NULL: nobody is left out. */
void walk_skip_members(struct walk_skip *s, struct member_proc *members, size_t n, int64_t now_ns);
/* No whole walk now: only who is due is walked, and whom they are compared with. */
void walk_skip_all_but_due(struct walk_skip *s, struct member_proc *members, size_t n);
/* No walk now: who is due goes on being due. */
void walk_skip_all(struct walk_skip *s, struct member_proc *members, size_t n);
/* How many are left, and to be walked. */
size_t walk_skip_left(const struct member_proc *members, size_t n);
/* After the sample: what it took. */
void walk_skip_cost(struct walk_skip *s, int64_t cost_ns);

#endif
