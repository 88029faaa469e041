#ifndef COWTOP_PARSE_PYMALLOC_H
#define COWTOP_PARSE_PYMALLOC_H

/*
 * CPython's allocator of small blocks as it lies in memory (Objects/obmalloc.c and Include/internal/pycore_obmalloc.h of
 * 2.7 to 3.15, LP64): a vector of arena_objects, each of which may have an arena of 256 KiB (1 MiB from 3.10 on, 2 MiB
 * where it was built with huge pages); an arena is cut into pools of 4 KiB (16 KiB), a pool into blocks of one size. The
 * vector is known by what it holds; what leads to it is a static variable, from 3.12 on in the state of the
 * interpreter.
 */
#include "parse/reader.h"

#define PYMALLOC_POOL_HEADER 48

struct pymalloc_arena {
	uint64_t address; /* of the arena */
	uint64_t pools;   /* the first pool: aligned to its size */
	uint64_t used_to; /* from here on no pool was ever begun */
	uint32_t nfree, npools;
};

struct pymalloc_vector {
	uint64_t address;
	uint32_t n, used; /* elements, and those that have an arena */
	uint32_t arena_size, pool_size;
};

/* Does a vector of arenas lie there? Its length is not written beside it: as many as hold together. */
bool pymalloc_read_vector(const struct reader *r, uint64_t address, struct pymalloc_vector *ret);
/* Element `i` of it; false: it has no arena. */
bool pymalloc_read_arena(const struct reader *r, const struct pymalloc_vector *v, uint32_t i,
			 struct pymalloc_arena *ret);

struct pymalloc_pool {
	uint32_t size;       /* of a block */
	uint32_t used, free; /* blocks; none used: the pool is free */
};

/* What a pool's header says; false: it is none. */
bool pymalloc_read_pool(const unsigned char header[PYMALLOC_POOL_HEADER], uint32_t pool_size,
			struct pymalloc_pool *ret);

#endif
