#ifndef COWTOP_CMD_WHY_EVIDENCE_H
#define COWTOP_CMD_WHY_EVIDENCE_H

/*
 * What would help a pool that is watched: what that rests on is read beside its last sample, and the advice made
 * (analysis/why_advice.h).
 */
#include "analysis/why_advice.h"
#include "pool/live_memory.h"

/* A zeroed one: nothing was read. */
struct why_read {
	bool any;
	struct equal_facts equal;
	struct address_space space; /* of the master */
};

/* `snap`: the last one of `live`. */
void why_read_live(struct why_read *r, struct live *live, const struct snapshot *snap,
		   const struct live_memory_limits *limits);
void why_read_release(struct why_read *r);
/* Of its allocators stands what w->memory has. */
void why_advise_read(struct why *w, const struct snapshot *snap, const struct why_growth *growth,
		     const struct why_read *r);

#endif
