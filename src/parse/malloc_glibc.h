#ifndef COWTOP_PARSE_MALLOC_GLIBC_H
#define COWTOP_PARSE_MALLOC_GLIBC_H

/*
 * glibc's malloc as it lies in memory: struct malloc_state, struct malloc_par (malloc/malloc.c) and heap_info
 * (malloc/arena.c) of glibc 2.26 to 2.43 on LP64 machines, found by what they must be and not by a version or a
 * symbol: all of it is static in the library. What lies between its chunks: parse/malloc_glibc_walk.h.
 *
 * Each bin of an arena is a list that leads back to itself, so that those that are empty, and the last one always is,
 * point to their own place. Arenas are a ring, and where it comes back to tells how far in front of the bins the
 * structure begins.
 */
#include "parse/reader.h"

#define GLIBC_BINS 127
#define GLIBC_ARENAS_MAX 4096
/* The last 3 bits of a chunk's size say something else. */
#define GLIBC_PREV_IN_USE 1U
#define GLIBC_IS_MAPPED 2U
#define GLIBC_OTHER_ARENA 4U
#define GLIBC_SIZE (~(uint64_t)7)
#define GLIBC_CHUNK_MIN 32 /* MINSIZE: the least that can be given out */
#define GLIBC_HEADER 16    /* in front of what a program is given */

struct glibc_arena {
	uint64_t address, end; /* of the structure */
	uint64_t fast;         /* where its fast bins are */
	uint32_t nfast;        /* 0 from 2.43 on */
	uint64_t top;          /* the chunk behind all others */
	uint64_t next;
	uint64_t system; /* bytes that it got from the kernel */
};

/*
 * Where in `len` bytes, which lie at `address` (8-aligned), are the bins of an arena that was begun? The first place
 * at or behind `from`, or `len`.
 */
size_t glibc_find_bins(const unsigned char *bytes, size_t len, uint64_t address, size_t from);

/*
 * The arenas whose main one has its bins at `bins`, the main one first: how many, or 0 if they are none. `ret` has
 * room for GLIBC_ARENAS_MAX.
 */
size_t glibc_read_arenas(const struct reader *r, uint64_t bins, struct glibc_arena *ret);
/* What of an arena changes, once more: top, system. False: it is none any more. */
bool glibc_read_again(const struct reader *r, struct glibc_arena *a);

/* What is counted of the whole process. */
struct glibc_counts {
	uint64_t first;           /* where the main arena begins: the first chunk */
	uint64_t mapped, nmapped; /* blocks that have a mapping of their own, and their bytes */
};

/* In the same bytes as the main arena's bins; `r` tells whether there is a chunk where they say so. False: they are not
 * found. */
bool glibc_find_counts(const unsigned char *bytes, size_t len, const struct reader *r,
		       struct glibc_counts *ret);

/* A part of an arena that is not the main one. */
struct glibc_heap {
	uint64_t address, prev; /* the one that was made before it, or 0 */
	uint64_t first, end;    /* its chunks */
};

/*
 * The heap that the top of an arena lies in; then the one in front of it. Heaps are aligned to their greatest size,
 * 64 MiB unless huge pages are asked for, which *align keeps: 0 at first. False: there is none, or it lies.
 */
bool glibc_last_heap(const struct reader *r, const struct glibc_arena *a, uint64_t *align,
		     struct glibc_heap *ret);
bool glibc_heap_before(const struct reader *r, const struct glibc_arena *a, uint64_t align,
		       struct glibc_heap *heap);

/* Does a chunk with a mapping of its own begin at `address`, a page boundary, with this header? To *ret_end. */
bool glibc_is_mapped(const unsigned char header[GLIBC_HEADER], uint64_t address, uint64_t end,
		     uint64_t page_size, uint64_t *ret_end);

#endif
