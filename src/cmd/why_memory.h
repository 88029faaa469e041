#ifndef COWTOP_CMD_WHY_MEMORY_H
#define COWTOP_CMD_WHY_MEMORY_H

/*
 * What the memory of a pool holds, read beside its last sample: the allocators of the master and, largest first, of the
 * workers, as far as that can be paid; and their copies beside the master's pages.
 */
#include "model/snapshot.h"
#include "model/why_memory.h"
#include "pool/live.h"

struct why_memory_how {
	struct live *live;
	const struct snapshot *snap; /* of the last sample */
	const bool *workers;         /* which of its processes are meant */
	/* Asked now and then, with what is being read: false: it is to end. */
	bool (*go_on)(void *data);
	/* Before something new is begun: wait until what was done so far is paid. False: it is to end. */
	bool (*pay)(void *data);
	void *data;
};

/* Freed by the caller. */
struct why_memory *why_memory_read(const struct why_memory_how *how);

#endif
