#ifndef COWTOP_CMD_STACKS_COLLAPSED_H
#define COWTOP_CMD_STACKS_COLLAPSED_H

/*
 * Beside a watch of call stacks: what the kernel collapsed into huge pages meanwhile, which has no stack.
 * A walk of the pool before the watch and one after it tell. Where no walk is to be had, or a process's pages
 * cannot be read, it is not known, and that is all.
 */
#include "analysis/collapse_sum.h"
#include "cmd/recording.h"
#include "cmd/run.h"
#include "model/stacks.h"

struct stacks_collapsed {
	struct collapse_sum sum;
	bool failed;
};

/* Before the watch, and after it. */
void stacks_collapsed_look(struct stacks_collapsed *c, const struct run *run);
/* Of a recording: all of its samples. */
int stacks_collapsed_read(struct stacks_collapsed *c, struct recording *recording, struct err *err);
/* Into the facts of the span. */
void stacks_collapsed_take(const struct stacks_collapsed *c, struct stacks *ret);
void stacks_collapsed_release(struct stacks_collapsed *c);

#endif
