#ifndef COWTOP_HEAP_ALLOCATOR_NAMED_H
#define COWTOP_HEAP_ALLOCATOR_NAMED_H

/*
 * Allocators that are recognised, and whose amounts are not read: jemalloc, tcmalloc, mimalloc. By the name of a library;
 * by symbols, where one is linked into the program; by what the kernel calls their mappings. Adds one fact for each.
 */
#include "heap/allocator_scan.h"

void allocator_named(struct allocator_scan *s);

#endif
