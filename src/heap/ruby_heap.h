#ifndef COWTOP_HEAP_RUBY_HEAP_H
#define COWTOP_HEAP_RUBY_HEAP_H

/*
 * Ruby's object heap. How much of a page is free is known as of its last sweep: what was made in it since counts as
 * free, or as used where Ruby has begun to fill it, so the amounts are guessed.
 */
#include "heap/allocator_scan.h"
#include "parse/ruby_heap.h"

/* Adds its facts and its pages, if there is one. */
void ruby_heap_inventory(struct allocator_scan *s);

/* Is the process a Ruby? */
bool ruby_heap_recognised(const struct allocator_scan *s);

/* Calls `visit` with each page of it, by address. */
typedef void (*ruby_visit)(struct allocator_scan *s, uint64_t address, const struct ruby_page *p, void *ctx);
void ruby_heap_pages(struct allocator_scan *s, ruby_visit visit, void *ctx);

#endif
