#ifndef COWTOP_HEAP_GLIBC_PIECE_H
#define COWTOP_HEAP_GLIBC_PIECE_H

/*
 * A walk over one piece of an arena, through the memory of a process that goes on meanwhile: what cannot be followed is
 * read again, and in the end passed over.
 */
#include "heap/allocator_scan.h"
#include "parse/malloc_glibc_walk.h"

/* From where glibc_walk_begin() left it. As glibc_walk(), but never MORE. */
enum glibc_walk_step glibc_piece(struct allocator_scan *s, struct glibc_walk *w, struct glibc_arena *a);
/* Does a piece begin there? Looks at its first chunks. */
bool glibc_piece_begins(struct allocator_scan *s, uint64_t first, uint64_t end);

#endif
