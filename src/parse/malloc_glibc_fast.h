#ifndef COWTOP_PARSE_MALLOC_GLIBC_FAST_H
#define COWTOP_PARSE_MALLOC_GLIBC_FAST_H

/*
 * glibc's fast bins (up to 2.42): lists of small chunks that are free and marked as in use, in any order. To follow them
 * through another process's memory would cost a read for each; so the walk over the chunks keeps those that may be
 * one, and the free chunks beside them, and the lists are followed among what was kept. malloc_trim(3) first makes
 * larger chunks of what lies side by side (malloc_consolidate()): which whole pages become free by that is told then.
 */
#include "parse/malloc_glibc.h"

/* MAX_FAST_SIZE: the largest chunk that may be in one; mallopt(3) has the most common at 128. */
#define GLIBC_FAST_CHUNK_MAX 176

struct glibc_kept {
	uint64_t chunk;
	uint64_t link; /* its first word, if it may be fast */
	uint32_t size;
	bool free; /* it is, or a list has led to it */
};

struct glibc_fast {
	bool on;               /* some list has something in it */
	bool mixed;            /* links are mixed with their places: from 2.32 on (PROTECT_PTR) */
	uint64_t begins, ends; /* the main arena; it may have pieces far from each other */
	struct glibc_kept *kept;
	size_t nkept, cap;
	bool full; /* there were more than can be kept */
};

struct glibc_pages {
	uint64_t start, end;
};

/* Has an arena anything in a fast bin? Then `f` is on, and knows how links are. */
void glibc_fast_begin(struct glibc_fast *f, const struct reader *r, const struct glibc_arena *a);
void glibc_fast_release(struct glibc_fast *f);

/* The walk is over a chunk that is in use, and begins with `word`: may it be fast? Its link then leads into the same
 * piece of memory, or to where the main arena begins or ends. */
static inline bool glibc_may_be_fast(const struct glibc_fast *f, uint64_t chunk, uint64_t size, uint64_t word)
{
	const uint64_t far = 2ULL << 30;
	uint64_t link = f->mixed ? word ^ (chunk + GLIBC_HEADER) >> 12 : word;

	return size <= GLIBC_FAST_CHUNK_MAX &&
	       (!link ||
		(link % 16 == 0 && (link - chunk + far < 2 * far || link - f->begins + far < 2 * far ||
				    link - f->ends + far < 2 * far)));
}

void glibc_fast_keep(struct glibc_fast *f, uint64_t chunk, uint64_t size, uint64_t word, bool free);

/* After all walks: bring what was kept into order; then follow the lists of each arena, and add what is in them. False:
 * one of them leads elsewhere. */
void glibc_fast_sort(struct glibc_fast *f);
bool glibc_fast_follow(struct glibc_fast *f, const struct reader *r, const struct glibc_arena *a,
		       uint64_t *bytes);

/* Then: each run of free chunks side by side, from *at on. False: there is none any more. */
bool glibc_fast_run(const struct glibc_fast *f, size_t *at, struct glibc_pages *ret);

#endif
