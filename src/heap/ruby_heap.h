#ifndef COWTOP_HEAP_RUBY_HEAP_H
#define COWTOP_HEAP_RUBY_HEAP_H

/*
 * Ruby's object heap: adds its facts and its pages, if there is one. How much of a page is free is known as of its last
 * sweep: what was made in it since counts as free, or as used where Ruby has begun to fill it, so the amounts are
 * guessed.
 */
#include "heap/allocator_scan.h"

void ruby_heap_inventory(struct allocator_scan *s);

#endif
