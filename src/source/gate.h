#ifndef COWTOP_SOURCE_GATE_H
#define COWTOP_SOURCE_GATE_H

/*
 * Who has to be walked: the fault gate of live_set_gate(). Without a fault a process makes no copy
 * and touches no new page; what changes its pages from outside (KSM, compaction, MADV_COLLAPSE,
 * siblings that exit) is caught by the whole walk every GATE_WHOLE_NS.
 */
#include "source/member.h"

#define GATE_WHOLE_NS (30 * INT64_C(1000000000))

struct gate_state {
	int64_t whole_at; /* of the last walk that left nobody out; 0: there was none */
	size_t nmembers;  /* of the sample before */
};

/* Is it time for a walk that leaves nobody out? */
bool gate_is_due(const struct gate_state *g, int64_t now_ns);
/* Sets `skip` of each. `g` NULL: nobody is left out. */
void gate_members(struct gate_state *g, struct member_proc *members, size_t n, int64_t now_ns);

#endif
