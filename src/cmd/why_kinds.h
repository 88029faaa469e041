#ifndef COWTOP_CMD_WHY_KINDS_H
#define COWTOP_CMD_WHY_KINDS_H

/*
 * Kinds of objects of a pool's master, and on which pages of its workers they lie, read beside its last sample.
 */
#include "model/kinds.h"
#include "model/snapshot.h"
#include "pool/live.h"

/* `only`: the pid of the one worker that is meant; 0: all. `go_on`: asked now and then; false: it is to end. NULL: it is not
 * asked. Freed by the caller, with kinds_free(). */
struct kinds *kinds_of(struct live *live, const struct snapshot *snap, pid_t only, bool (*go_on)(void *data),
		       void *data);

#endif
