#ifndef COWTOP_SOURCE_MUSTER_H
#define COWTOP_SOURCE_MUSTER_H

/*
 * Who belongs to a watched pool in this sample, and from whom each was forked.
 *
 * A master that ends leaves the pool to those that it forked. They have a member in front of them that is no
 * process (struct member_proc, gone), and so have, while the master lives, those whose parent was another one
 * and is gone: it stands for whom they were forked from.
 */
#include "source/member.h"
#include "source/roots.h"

struct muster {
	struct member_io *io;
	pid_t leader;       /* the master, or the oldest of those that it left */
	bool masterless;    /* once it is gone it stays so */
	struct roots roots;
	/* Forked ones first (they are walked), then those that are only listed. The first is the master, or stands
	 * for the one that is gone. */
	struct member_proc *members;
	size_t n, nwalked;
	size_t next; /* where the next one is looked for */
	struct table family; /* of the last look at the whole process table */
};

void muster_open(struct muster *u, struct member_io *io, const struct target *target);
void muster_release(struct muster *u);
/* Members anew, from the machine's processes, or (NULL) from those that were the family; then who has not run is
 * not asked for his names (member.h). False: nobody is left. */
bool muster_gather(struct muster *u, const struct table *t);
/* Has nobody come or gone since the last look? See family.h. */
bool muster_is_complete(struct muster *u);

#endif
