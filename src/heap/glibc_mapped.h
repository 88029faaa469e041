#ifndef COWTOP_HEAP_GLIBC_MAPPED_H
#define COWTOP_HEAP_GLIBC_MAPPED_H

/* Which anonymous memory is blocks that glibc's malloc made a mapping of their own for? Adds their areas. */
#include "heap/allocator_scan.h"

/* `n`: so many there are. Other allocators' areas and the arenas are known by then. */
void glibc_mapped_areas(struct allocator_scan *s, uint64_t n);

#endif
