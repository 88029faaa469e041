#ifndef COWTOP_PARSE_MALLOC_GLIBC_CACHE_H
#define COWTOP_PARSE_MALLOC_GLIBC_CACHE_H

/*
 * The cache of a thread (struct tcache_perthread_struct, malloc/malloc.c): lists of chunks that are free and marked as
 * in use. It is itself a block that malloc gave out, and known by its size and by its lists. A thread that ends frees
 * its cache; one that was not taken along by fork(2) leaves it behind, with what is in it.
 */
#include "parse/malloc_glibc.h"

/* May a chunk of this size be a cache: of 2.26 to 2.29, 2.30 to 2.41, or from 2.42 on? */
bool glibc_is_cache_size(uint64_t chunk_size);
/* Do its bytes, without the header, look like one that has something in it? */
bool glibc_is_cache(const unsigned char *bytes, uint64_t chunk_size);

/* So much lies in lists; `whole` is false when one could not be followed to its end. */
struct glibc_listed {
	uint64_t bytes, chunks;
	bool whole;
};

/* Does this address lie in an arena? What a list leads to elsewhere is none of its chunks. */
typedef bool (*glibc_in_arena)(const void *ctx, uint64_t address);

/* Add the cache in the chunk at `chunk`. False: it is none, and nothing was added. */
bool glibc_list_cache(const struct reader *r, uint64_t chunk, uint64_t chunk_size, glibc_in_arena in,
		      const void *ctx, struct glibc_listed *sum);

#endif
