#ifndef COWTOP_HEAP_PYMALLOC_H
#define COWTOP_HEAP_PYMALLOC_H

/*
 * CPython's allocator of small blocks: its arenas, and by size the blocks in use and free. Adds its facts, sizes and
 * areas, if there is one that is used. That of a subinterpreter with a lock of its own (3.12 and later) is not looked
 * for.
 */
#include "heap/allocator_scan.h"

void pymalloc_inventory(struct allocator_scan *s);

#endif
