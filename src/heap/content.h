#ifndef COWTOP_HEAP_CONTENT_H
#define COWTOP_HEAP_CONTENT_H

/*
 * What a process has copied, compared byte by byte with what it was copied from, whatever runs in it. Both are read with
 * pread on /proc/PID/mem, present pages only.
 */
#include "model/copies.h"
#include "model/region.h"

/* Open descriptors, borrowed. */
struct content_side {
	int pagemap, mem;
};

struct content_limits {
	uint64_t pages_max;        /* so many copies are looked at; of more a sample, spread evenly */
	bool (*go_on)(void *data); /* asked now and then; false: that is enough. NULL: always */
	void *data;
};

/* `space`: of the process; its copies are those of PAGE_CLASS_COW_BROKEN. `ret` is zeroed or released before. */
void content_compare(const struct content_side *from, const struct content_side *of,
		     const struct address_space *space, const struct content_limits *limits,
		     struct copies *ret);

#endif
