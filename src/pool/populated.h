#ifndef COWTOP_POOL_POPULATED_H
#define COWTOP_POOL_POPULATED_H

/*
 * Where a process can have pages: the blocks (of BLOCK_PAGES pages) that its mappings touch, without the empty
 * middle of sparse ones.
 */
#include "pool/walk.h"
#include "sys/pace.h"

struct populated_range {
	uint64_t start, end; /* blocks, end exclusive */
};

struct populated {
	struct populated_range *items; /* ascending, disjoint, not touching */
	size_t n, cap;
};

/* `pace`: of all reads of its address space in this walk. 0, or -errno (-ESRCH: the process is gone). */
int populated_find(struct walk_io *io, struct member_proc *m, struct pace *pace, struct populated *ret);
void populated_release(struct populated *list);

#endif
