#ifndef COWTOP_CMD_WHY_EVIDENCE_H
#define COWTOP_CMD_WHY_EVIDENCE_H

/*
 * What would help a live pool: what that rests on is read, and the advice made (analysis/why_advice.h).
 */
#include "analysis/why_advice.h"
#include "pool/live.h"

/* What is there already; may be NULL. */
struct why_known {
	const struct why_growth *growth;
	const struct allocator_inventory *master, *worker;
};

/* `snap`: the last one of `live`; NULL: the pool is gone since. */
void why_advise_live(struct why *w, struct live *live, const struct snapshot *snap,
		     const struct why_known *known);

#endif
