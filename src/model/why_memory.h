#ifndef COWTOP_MODEL_WHY_MEMORY_H
#define COWTOP_MODEL_WHY_MEMORY_H

/*
 * What the memory of a pool holds, whatever runs in it: the allocators of its master and of its workers, what memory the
 * copied pages are of, and how the copies compare with the master's pages. What `cowtop why` found of any pool.
 */
#include "model/allocator.h"
#include "model/copies.h"
#include "model/memory_use.h"
#include "model/region.h"
#include "model/ruby_heap.h"

struct why_memory_worker {
	pid_t pid;
	uint64_t start_ticks;
	fact rss;
	struct address_space space;
	bool read; /* its allocators were */
	struct allocator_inventory allocators;
	const char *why; /* they were not: a static string, or NULL where nobody has tried */
	struct copies copies;
};

struct why_memory {
	pid_t master;                          /* 0: it has ended */
	bool read;                             /* its allocators were */
	struct allocator_inventory allocators; /* of the master */
	struct ruby_heap_facts ruby;           /* of the master */
	const char *why;                       /* they were not: a static string, or NULL */
	struct why_memory_worker *workers;     /* all that were watched and live */
	size_t n;
	/* Made by analysis/why_memory.h of the workers. */
	size_t nread;                    /* whose allocators were read */
	struct allocator_inventory each; /* means of those: one fact for each kind; no areas, no sizes */
	size_t nspaces;
	struct memory_uses regions; /* sums of those whose address spaces are known; names are theirs */
	struct copies copies;       /* of all */
	bool exact;                 /* ... which of their pages are copies is sure, and all were looked at */
};

void why_memory_free(struct why_memory *m); /* NULL is fine */
/* NULL: it is none of them. */
const struct why_memory_worker *why_memory_of(const struct why_memory *m, pid_t pid, uint64_t start_ticks);

#endif
