#ifndef COWTOP_FIND_ROOTS_H
#define COWTOP_FIND_ROOTS_H

/*
 * What a watched pool hangs from: its master, and the processes that were adopted meanwhile. A process that was of
 * the pool once stays of it when its parent ends; one that was forked and adopted between two looks is found among
 * the children of those that can have adopted it, the ancestors of the pool (kernel/exit.c, find_new_reaper(),
 * Linux 6.18).
 */
#include "find/target.h"
#include "model/sample.h"
#include "sys/table.h"

struct roots {
	struct target_kin *items; /* the master first, or the leader in its place */
	size_t n, cap;
	enum kinship kinship;         /* of those that cowtop did not see with their parents */
	struct image_facts image;     /* of the pool; start_stack 0: not known */
	struct target_kin *strangers; /* looked at and left out, by pid */
	size_t nstrangers;
};

void roots_begin(struct roots *r, const struct target *t);
void roots_release(struct roots *r);
bool roots_has(const struct roots *r, pid_t pid, uint64_t start_ticks);
void roots_add(struct roots *r, pid_t pid, uint64_t start_ticks);
/* Before a look: adds who was adopted since the last one. */
void roots_look(struct roots *r, const struct procfs *fs, const struct table *t);

#endif
