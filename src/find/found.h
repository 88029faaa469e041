#ifndef COWTOP_FIND_FOUND_H
#define COWTOP_FIND_FOUND_H

/*
 * Of the processes that fit what the user typed, a name (byname.h) or a cgroup (bycgroup.h): which pool is meant?
 *
 * A pool that consists of nothing but a supervisor of others, as uWSGI's Emperor, is none. Of two generations of
 * one server, which hold the same listening socket, the one is meant whose workers still have it open; when those
 * of several have, the user is asked.
 */
#include "find/choices.h"

struct found {
	struct choices pools;  /* masters of pools */
	struct choices others; /* processes that are in none */
	struct choices passed; /* pools that only supervise */
	/* How they fit, for messages, of several: "go by 'web'", "are in unit 'web.service'"; and the word alone. */
	char fit[128];
	const char *word;
	bool each; /* every process counts; else those below others do not */
};

void found_release(struct found *d);
/* Add the pool of a process, or the process when it is in none. */
void found_add(struct found *d, struct tree_node *n, enum name_match match);
/* Move the pools that only supervise to `passed`. */
void found_pass_supervisors(const struct proctree *f, struct found *d);
/* Of several pools the one that is meant, with a note; or -1, STATUS_USAGE with their list. */
int found_several(const struct procfs *fs, const struct proctree *f, struct found *d, struct tree_node **ret,
		  struct buf *note, struct err *err);
/* There are processes and no pool. The only one, which the caller takes for what it is; or -1: what each of several
 * is, STATUS_NOT_A_POOL or STATUS_DENIED. */
int found_no_pool(const struct procfs *fs, const struct proctree *f, struct found *d, struct tree_node **ret,
		  struct err *err);

#endif
