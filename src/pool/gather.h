#ifndef COWTOP_POOL_GATHER_H
#define COWTOP_POOL_GATHER_H

/*
 * Who belongs to a watched pool in this sample, and from whom each was forked.
 *
 * A master that ends leaves the pool to those that it forked. They have a member in front of them that is no
 * process (struct member_proc, gone), and so have, while the master lives, those whose parent was another one
 * and is gone: it stands for whom they were forked from.
 */
#include "find/roots.h"
#include "pool/member.h"

struct gather {
	struct member_io *io;
	pid_t leader;    /* the master, or the oldest of those that it left */
	bool masterless; /* once it is gone it stays so */
	struct roots roots;
	/* Forked ones first (they are walked), then those that are only listed. The first is the master, or stands
	 * for the one that is gone. */
	struct member_proc *members;
	size_t n, nwalked;
	/* Whose stat could not be read at the last look although it is there, and why; or 0. */
	pid_t error_pid;
	int error;
	size_t next;         /* where the next one is looked for */
	struct table family; /* of the last look at the whole process table */
};

void gather_open(struct gather *u, struct member_io *io, const struct target *target);
void gather_release(struct gather *u);
/* Members anew, from the machine's processes, or (NULL) from those that were the family; then who has not run is
 * not asked for his names (member.h). False: nobody is left, or `error` says why
 * that is not known. */
bool gather_members(struct gather *u, const struct table *t);
/* Has nobody come or gone since the last look? See descendants.h. */
bool gather_is_complete(struct gather *u);

#endif
