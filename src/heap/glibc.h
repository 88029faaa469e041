#ifndef COWTOP_HEAP_GLIBC_H
#define COWTOP_HEAP_GLIBC_H

/*
 * glibc's malloc: what its arenas hold. Adds the allocator's facts and its areas, if there is one that is used. The
 * areas of others that got their memory from the kernel themselves are to be known by then.
 */
#include "heap/allocator_scan.h"

void glibc_inventory(struct allocator_scan *s);

#endif
