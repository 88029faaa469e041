#ifndef COWTOP_FIND_TARGET_H
#define COWTOP_FIND_TARGET_H

/*
 * From what the user typed to the master of one pool.
 *
 * What TARGET may be says find/word.h. A worker's pid leads to its master: the climb
 * goes to the parent while the parent runs the same forked image, and from an adopted process to the leader of
 * its family (adopted.h). A forkserver's client has no forked child of its own: the error names the forkserver.
 */
#include "base/buf.h"
#include "base/err.h"
#include "model/sample.h"
#include "sys/proc.h"
#include "sys/table.h"

/* (pid, start) of a process that belongs to a pool and is not below its leader. */
struct target_kin {
	pid_t pid;
	uint64_t start_ticks;
};

struct target {
	pid_t master;         /* or, when it is gone, the oldest of those it forked */
	bool masterless;      /* it is gone */
	enum kinship kinship; /* how it is known that the kin is of this pool */
	uint64_t start_ticks; /* of the master: a reused pid is not it */
	struct target_kin *kin;
	size_t nkin;
	pid_t given;        /* the pid that was named; differs from master when it was climbed from */
	struct table table; /* all processes of the machine when it was found, ... */
	int64_t found_ns;   /* ... which was then (clock_now()) */
	struct buf note;    /* what to tell the user about it, one line without newline, or empty */
};

void target_release(struct target *t);

struct proctree;
struct tree_node;
/* The pool that `leader` leads; `given` and `note` are left to the caller. */
void target_set(const struct proctree *f, const struct tree_node *leader, struct target *ret);

/*
 * Find the master. `text` NULL: the one pool on this machine; several: STATUS_USAGE with their list.
 * STATUS_NO_TARGET: no such process, gone, a zombie. STATUS_NOT_A_POOL: no child shares its image.
 * STATUS_DENIED: it exists, but this user may not tell whether it is a pool.
 */
int target_find(const struct procfs *fs, const char *text, struct target *ret, struct err *err);

/*
 * The process that `text` names, be it a pool or not, readable or not: for target_await(). A pool's worker is
 * itself here, not its master. Fails as target_find() does.
 */
int target_process(const struct procfs *fs, const char *text, pid_t *ret, struct err *err);

struct target_list {
	struct target *items;
	size_t n;
	bool some_hidden; /* there may be more: not all processes can be seen, or looked into */
};

/* The masters of all forked pools on this machine, without cowtop's own ancestors and without shells (their forked
 * children are subshells); sorted by pid. Those that this user may not look into are there as far as everybody can
 * tell them (find/closed.h). The caller releases each and frees the array. */
int target_pools(const struct procfs *fs, struct target_list *ret, struct err *err);

#endif
