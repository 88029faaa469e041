#ifndef COWTOP_CMD_STACKS_COLLAPSED_H
#define COWTOP_CMD_STACKS_COLLAPSED_H

/*
 * Beside a watch of call stacks: what the kernel collapsed into huge pages meanwhile, which has no stack.
 * A walk of the pool when the watch has begun and one at its end tell. Where no walk is to be had, or a process's
 * pages cannot be read, it is not known, and that is all.
 */
#include "analysis/collapse_sum.h"
#include "cmd/recording.h"
#include "cmd/run.h"
#include "model/stacks.h"

struct stacks_collapsed {
	struct collapse_sum sum;
	bool failed;
};

/* When the watch has begun, and at its end. */
void stacks_collapsed_look(struct stacks_collapsed *c, const struct run *run);
/* Instead of those two, of a recording: all samples that are left of its part. */
int stacks_collapsed_read(struct stacks_collapsed *c, struct recording *recording, struct err *err);
/* Into the facts of the span. */
void stacks_collapsed_take(const struct stacks_collapsed *c, struct stacks *ret);
void stacks_collapsed_release(struct stacks_collapsed *c);

#endif
