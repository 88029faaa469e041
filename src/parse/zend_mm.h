#ifndef COWTOP_PARSE_ZEND_MM_H
#define COWTOP_PARSE_ZEND_MM_H

/*
 * PHP's memory manager as it lies in memory (Zend/zend_alloc.c of 7.0 to 8.4, LP64): chunks of 2 MiB at addresses of that
 * alignment, in a ring; the first page of each is its head, and that of the first chunk holds the heap's own state.
 */
#include "parse/reader.h"

#define ZEND_CHUNK (2ULL << 20)
#define ZEND_CHUNKS_MAX 65536

struct zend_chunk {
	uint64_t heap, next, prev;
	uint32_t free_pages;
	bool main; /* the first one of its heap */
};

/* Does a chunk begin at `address`, which has that alignment? */
bool zend_read_chunk(const struct reader *r, uint64_t address, struct zend_chunk *ret);

struct zend_heap {
	uint64_t held, used; /* memory_get_usage(true), memory_get_usage() */
	uint64_t chunks, free_pages;
};

/* The heap whose first chunk is at `address`: its state, and the ring. False: it does not hold together. */
bool zend_read_heap(const struct reader *r, uint64_t address, struct zend_heap *ret);

#endif
