#ifndef COWTOP_HEAP_ALLOCATOR_SCAN_H
#define COWTOP_HEAP_ALLOCATOR_SCAN_H

/*
 * A process whose allocators are looked for: its memory page by page and in runs, and the objects mapped into it.
 */
#include "heap/allocator.h"
#include "sys/image.h"
#include "sys/mem_run.h"

struct allocator_scan {
	const struct allocator_target *t;
	struct image image;
	struct reader r; /* over it */
	struct mem_run run;
	struct image_object objects[IMAGE_OBJECTS];
	size_t nobjects, exe; /* exe: nobjects if it is none of them */
	struct allocator_inventory *ret;
};

/* Everything is borrowed and `s` stays where it is. */
void allocator_scan_begin(struct allocator_scan *s, const struct allocator_target *t,
			  struct allocator_inventory *ret);
void allocator_scan_end(struct allocator_scan *s);

/* Pages of anonymous memory in a row: the end of what lies around `address`, or 0. */
uint64_t allocator_anon_end(const struct allocator_scan *s, uint64_t address);

/*
 * Calls `look` with what is present of an object's writable memory, piece by piece, and the pieces overlap, so that
 * what is shorter than ALLOCATOR_OVERLAP lies in one of them. Until `look` returns true: then that.
 */
#define ALLOCATOR_OVERLAP 8192
typedef bool (*allocator_look)(struct allocator_scan *s, const unsigned char *bytes, size_t len,
			       uint64_t address, void *ctx);
bool allocator_scan_data(struct allocator_scan *s, const struct image_object *o, allocator_look look,
			 void *ctx);

#endif
