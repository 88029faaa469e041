#ifndef COWTOP_SOURCE_GATE_H
#define COWTOP_SOURCE_GATE_H

/*
 * Who has to be walked: the fault gate of live_set_gate(). Without a fault a process makes no copy
 * and touches no new page; what changes its pages from outside (KSM, compaction, siblings that exit) is
 * caught by the whole walk that comes every GATE_WHOLE_NS, less often where one takes more than a
 * GATE_WHOLE_PARTth of that: what stands still shall not cost a large pool its CPU. Sooner, as far as that part
 * goes, where khugepaged was at work, which copies shared pages.
 */
#include "source/member.h"

#define GATE_WHOLE_NS (30 * INT64_C(1000000000))
#define GATE_WHOLE_MOST_NS (20 * GATE_WHOLE_NS)
#define GATE_WHOLE_PART 300

struct gate_state {
	int64_t whole_at; /* of the last walk that left nobody out; 0: there was none */
	int64_t whole_cost; /* CPU time of that sample, once it is known */
	bool whole;       /* the last walk was one */
	bool collapsed;   /* khugepaged has made huge pages since, of the pool or of others */
	size_t nmembers;  /* of the sample before */
};

/* Is it time for a walk that leaves nobody out? */
bool gate_is_due(const struct gate_state *g, int64_t now_ns);
/* Sets `skip` of each. `g` NULL: nobody is left out. */
void gate_members(struct gate_state *g, struct member_proc *members, size_t n, int64_t now_ns);
/* After the sample: what it took. */
void gate_cost(struct gate_state *g, int64_t cost_ns);

#endif
