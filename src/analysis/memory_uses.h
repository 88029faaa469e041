#ifndef COWTOP_ANALYSIS_MEMORY_USES_H
#define COWTOP_ANALYSIS_MEMORY_USES_H

/*
 * What the memory of a process is used for: its regions (model/region.h) cut along the areas of its allocators
 * (model/allocator.h). Regions of a kind and of a name are one use, so that each library's data is one.
 */
#include "model/allocator.h"
#include "model/memory_use.h"
#include "model/region.h"

/* `inventory`: of the process, or of the one that it was forked from: then what is the child's own since is anon. NULL:
 * nothing is known of allocators. `space` outlives what is returned. */
void memory_uses_of(const struct address_space *space, const struct allocator_inventory *inventory,
		    uint64_t page_size, struct memory_uses *ret);
/* One process more: sums, to be sorted when all are in, and not before. Every `space` outlives `to`. */
void memory_uses_add(const struct address_space *space, const struct allocator_inventory *inventory,
		     uint64_t page_size, struct memory_uses *to);
void memory_uses_sort(struct memory_uses *u);

#endif
