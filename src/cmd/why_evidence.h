#ifndef COWTOP_CMD_WHY_EVIDENCE_H
#define COWTOP_CMD_WHY_EVIDENCE_H

/*
 * What would help a live pool: what that rests on is read, and the advice made (analysis/why_advice.h).
 */
#include "analysis/why_advice.h"
#include "pool/live.h"

/* `live`: `snap` is its last one; NULL: the pool is gone since, or was recorded. Of its allocators stands what w->memory
 * has. */
void why_advise_live(struct why *w, struct live *live, const struct snapshot *snap,
		     const struct why_growth *growth);

#endif
