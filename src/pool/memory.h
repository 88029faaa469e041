#ifndef COWTOP_POOL_MEMORY_H
#define COWTOP_POOL_MEMORY_H

/*
 * The memory figures of a process (struct memory_facts), from one of two sources.
 *
 * A walk that sees frame numbers and how often they are mapped says it all (ledger/shares.h): then nothing is read
 * but what the kernel counts as resident.
 *
 * Elsewhere smaps_rollup does. It holds the lock of the whole address space while it is read, so it has a duty cycle:
 * it is read again when ROLLUP_PACE times as long as it took has passed, and in between stands what it said, with
 * its age. A process that is seen for the first time is always asked, and one whose pages the kernel may have
 * made huge since: the ledger's estimates need to know that when it happens.
 */
#include "ledger/shares.h"
#include "pool/member.h"

/* It takes one part in so many of the time at the most. */
#define ROLLUP_PACE 100

/* A tick begins: what is known of the machine is as old as that. */
void memory_begin(struct member_io *io);
/* smaps_rollup, or what it said; without it RSS from stat is all there is. False: the process is gone. */
bool memory_of_rollup(struct member_proc *m, struct member_io *io);
/* What a walk does not see, before it. False: the process is gone. */
bool memory_before_walk(struct member_proc *m, struct member_io *io);
/* After the walk: as it saw it. Where it could not count, smaps_rollup. */
void memory_of_walk(struct member_proc *m, const struct shares *s, struct member_io *io);
/* Of a process in another's address space: what that one has. */
void memory_of_other(struct proc_sample *to, const struct proc_sample *other);

#endif
