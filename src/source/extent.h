#ifndef COWTOP_SOURCE_EXTENT_H
#define COWTOP_SOURCE_EXTENT_H

/*
 * Where a process can have pages: the blocks (of BLOCK_PAGES pages) that its mappings touch, without the empty
 * middle of sparse ones.
 */
#include "source/walk.h"
#include "sys/pace.h"

struct extent {
	uint64_t start, end; /* blocks, end exclusive */
};

struct extent_list {
	struct extent *items; /* ascending, disjoint, not touching */
	size_t n, cap;
};

/* `pace`: of all reads of its address space in this walk. 0, or -errno (-ESRCH: the process is gone). */
int extent_of(struct walk_io *io, const struct member_proc *m, struct pace *pace, struct extent_list *ret);
void extent_release(struct extent_list *list);

#endif
