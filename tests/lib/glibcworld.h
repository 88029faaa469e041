#ifndef COWTOP_TESTS_GLIBCWORLD_H
#define COWTOP_TESTS_GLIBCWORLD_H

/*
 * A piece of memory with glibc's malloc in it, made by hand: the library's data with its main arena, and a heap. The
 * numbers are those of malloc/malloc.c once more, not the program's.
 */
#include "lib/memory.h"

#define GLIBC_DATA (MEMORY_BASE + 0x1000)
#define GLIBC_MAIN (GLIBC_DATA + 0x80)
#define GLIBC_PAR (GLIBC_DATA + 0xa00)
#define GLIBC_HEAP (MEMORY_BASE + 0x4000)

/* How a version's struct malloc_state lies. */
struct glibcshape {
	const char *name;
	int top, bins, next, system, size;
	int fast;      /* of the first fast bin; 0: there are none */
	int counts;    /* of n_mmaps in front of mmapped_mem */
	bool mixed;    /* links are mixed with their places */
	int cache;     /* the chunk size of a thread's cache */
	int entries;   /* its lists, behind its counts */
	int count_len; /* bytes of a count */
};

static const struct glibcshape glibcshapes[] = {
	{ "2.26", 88, 104, 2152, 2176, 2192, 8, 16, false, 0x250, 64, 1 },
	{ "2.31", 96, 112, 2160, 2184, 2200, 16, 16, false, 0x290, 128, 2 },
	{ "2.36", 96, 112, 2160, 2184, 2200, 16, 20, true, 0x290, 128, 2 },
	{ "2.42", 96, 112, 2160, 2184, 2200, 16, 20, true, 0x300, 152, 2 },
	{ "2.43", 8, 24, 2072, 2096, 2112, 0, 20, true, 0x300, 152, 2 },
};

#define GLIBCSHAPES (sizeof(glibcshapes) / sizeof(*glibcshapes))

/* A link that lies at `place`. */
static inline uint64_t glibc_mix(const struct glibcshape *s, uint64_t place, uint64_t link)
{
	return s->mixed ? link ^ place >> 12 : link;
}

/* An arena without free chunks. */
static inline void glibc_put_arena(struct memory *m, const struct glibcshape *s, uint64_t at, uint64_t next,
				   uint64_t top, uint64_t system)
{
	for (int i = 0; i < 127; i++) {
		uint64_t bin = at + (uint64_t)s->bins + (uint64_t)i * 16;

		put64(m, bin, bin - 16);
		put64(m, bin + 8, bin - 16);
	}
	put64(m, at + (uint64_t)s->top, top);
	put64(m, at + (uint64_t)s->next, next);
	put64(m, at + (uint64_t)s->system, system);
	put64(m, at + (uint64_t)s->system + 8, system);
}

/* The counts: `n` blocks with mappings of their own. */
static inline void glibc_put_counts(struct memory *m, const struct glibcshape *s, uint32_t n, uint64_t bytes,
				    uint64_t first)
{
	put32(m, GLIBC_PAR - (uint64_t)s->counts, n);
	put32(m, GLIBC_PAR - (uint64_t)s->counts + 4, 65536);
	put32(m, GLIBC_PAR - (uint64_t)s->counts + 8, n);
	put64(m, GLIBC_PAR, bytes);
	put64(m, GLIBC_PAR + 8, bytes);
	put64(m, GLIBC_PAR + 16, first);
	put64(m, GLIBC_PAR + 24, 64);
}

/* A chunk; the place of the next one. `in_use`: this one is. The bit of it is in the next one's size. */
static inline uint64_t glibc_put_chunk(struct memory *m, uint64_t at, uint64_t size, bool in_use)
{
	uint64_t was, next = at + size;

	memcpy(&was, m->bytes + (at + 8 - MEMORY_BASE), 8);
	put64(m, at + 8, size | (was & 1));
	put64(m, next + 8, in_use);
	if (!in_use)
		put64(m, next, size);
	return next;
}

/* The first chunk has nothing free in front of it. */
static inline void glibc_begin_chunks(struct memory *m, uint64_t at)
{
	put64(m, at + 8, 1);
}

#endif
