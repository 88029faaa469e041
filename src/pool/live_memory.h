#ifndef COWTOP_POOL_LIVE_MEMORY_H
#define COWTOP_POOL_LIVE_MEMORY_H

/*
 * What the memory of the processes of the last sample holds, whatever runs in them, for those who ask why its pages were
 * copied: beside the sample, as much as is needed.
 */
#include "heap/content.h"
#include "model/allocator.h"
#include "model/ruby_heap.h"
#include "pool/live.h"

/* As in heap/allocator.h and heap/content.h. */
struct live_memory_limits {
	uint64_t pages_max;
	bool (*go_on)(void *data);
	void *data;
};

/* The allocators of a process. NULL, or why they cannot be read: a static string. `ret` is zeroed or released before. */
const char *live_allocators(struct live *l, pid_t pid, const struct live_memory_limits *limits,
			    struct allocator_inventory *ret);
/* How old its objects are; of what cannot be read nothing is known. */
void live_ruby(struct live *l, pid_t pid, const struct live_memory_limits *limits,
	       struct ruby_heap_facts *ret);
/* The copies of a process beside the pages of the one that the pool was forked from. False: one of them cannot be read.
 * `space`: as live_address_space() has given it. */
bool live_copies(struct live *l, const struct address_space *space, const struct live_memory_limits *limits,
		 struct copies *ret);

#endif
