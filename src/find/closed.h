#ifndef COWTOP_FIND_CLOSED_H
#define COWTOP_FIND_CLOSED_H

/*
 * Pools that this user may not look into, as far as everybody can tell them: the kernel hides the addresses in their
 * stat, but not who is whose child, what they are called, nor PF_FORKNOEXEC (fs/proc/array.c, do_task_stat(),
 * Linux 6.12). Who has that flag was forked and did not exec since; that its parent of today forked it, and has not
 * exec'ed since, is taken from the first word of their names, which is the same.
 */
#include "find/choices.h"

/* The masters of such pools, without shells. */
void closed_pools(const struct proctree *f, struct choices *ret);
/* Is somebody hidden from this user, or only his addresses? */
bool closed_any(const struct proctree *f);

#endif
