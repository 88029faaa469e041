#ifndef COWTOP_HEAP_INVENTORY_H
#define COWTOP_HEAP_INVENTORY_H

/*
 * What lies on the pages of a process, taken once: which hold objects that CPython's collector tracks, which only
 * objects that are counted, and of which size class of CPython's own allocator each is.
 *
 *	struct inventory inv = { 0 };
 *	if (inventory_read(&t, &inv, &why) < 0)
 *		...
 *	inventory_release(&inv);
 *
 * The walk of the collector's lists needs no allocator: what is tracked is exact. What is counted is found by the
 * types of objects, at every 16 bytes.
 */
#include "heap/heap_image.h"
#include "parse/cpython.h"
#include "sys/proc.h"

enum heap_class {
	HEAP_UNREAD,  /* not resident, or it went away meanwhile */
	HEAP_OTHER,   /* neither: key tables, buffers, free memory, objects that live forever */
	HEAP_COUNTED, /* no tracked object, and one at least that is counted */
	HEAP_TRACKED, /* the head of one tracked object at least */
	HEAP_CLASSES,
};

#define HEAP_NO_POOL 255

struct inventory {
	struct heap_range *ranges; /* ascending, by address */
	size_t nranges;
	size_t npages;
	uint8_t *classes; /* enum heap_class, a page each */
	uint8_t *pools;   /* size class, or HEAP_NO_POOL */
	size_t of_class[HEAP_CLASSES];
	uint64_t objects; /* tracked ones */
	uint64_t page_size;
	bool cut;        /* there is more memory than is looked at */
	int64_t cost_ns; /* CPU time */
};

/* What is read; all borrowed. */
struct inventory_target {
	const struct procfs *fs;
	pid_t pid;
	int pagemap, mem; /* open descriptors */
	const struct vma_list *maps;
	const char *maps_text;
	const struct cpython *python; /* where its interpreter is */
};

/* 0; -1: *why (a static string) says why there is none. `ret` is zeroed or released before. */
int inventory_read(const struct inventory_target *t, struct inventory *ret, const char **why);
/* Where types, and all that pointers point to, can lie. */
void inventory_bounds(const struct vma_list *maps, uint64_t *ret_low, uint64_t *ret_high);
void inventory_release(struct inventory *inv); /* a zeroed one is fine */

#endif
