#ifndef COWTOP_HEAP_GLIBC_FIND_H
#define COWTOP_HEAP_GLIBC_FIND_H

/*
 * Where are the arenas of glibc's malloc? In the data of the C library, of a static program, or of whatever has one
 * linked into it.
 */
#include "heap/allocator_scan.h"
#include "parse/malloc_glibc.h"

struct glibc_found {
	struct glibc_arena *arenas; /* the main one first */
	size_t narenas;
	bool counted; /* the counts were found, too */
	struct glibc_counts counts;
};

/* False: there are none that was ever used. */
bool glibc_find(struct allocator_scan *s, struct glibc_found *ret);
void glibc_found_release(struct glibc_found *f);

#endif
