#ifndef COWTOP_PARSE_MALLOC_GLIBC_WALK_H
#define COWTOP_PARSE_MALLOC_GLIBC_WALK_H

/*
 * From chunk to chunk through a piece of one of glibc's arenas (parse/malloc_glibc.h). A chunk begins with 16 bytes:
 * the size of the one in front of it, if that is free, and its own, whose last bit tells whether that one is in use.
 * Those in fast bins (parse/malloc_glibc_fast.h) and in threads' caches (parse/malloc_glibc_cache.h) look as if they
 * were in use.
 *
 *	struct glibc_walk w;
 *	glibc_walk_begin(&w, first, end, top, page_size);
 *	do {
 *		bytes = what lies at w.at, or further in front: GLIBC_WALK_LEAST from there on, or all that there is
 *	} while (glibc_walk(&w, bytes, len, address) == GLIBC_WALK_MORE);
 *
 * What lies in the midst of a chunk need not be given: w.at jumps over it. Whole free pages are known when all pieces
 * are walked: glibc_walk_pages().
 */
#include "parse/malloc_glibc_fast.h"

#define GLIBC_WALK_LEAST 24

enum glibc_walk_step {
	GLIBC_WALK_MORE,   /* bytes at w->at, please */
	GLIBC_WALK_TOP,    /* the arena's last chunk; w->top_size */
	GLIBC_WALK_FENCE,  /* the end of a piece that is not the last one; its chunks end at w->at */
	GLIBC_WALK_END,    /* the end of what was to be walked, exactly */
	GLIBC_WALK_BROKEN, /* what lies at w->at is no chunk */
};

struct glibc_walk {
	uint64_t at, end, top, page_size;
	uint64_t before, before_size; /* the chunk in front of `at`; 0: none */
	uint64_t before_word;         /* what it begins with */
	uint64_t top_size;
	uint64_t chunks, free, nfree; /* all; bytes of those that are free, and how many */
	uint64_t skipped;             /* bytes that were no chunks, by glibc_walk_skip() */
	uint64_t wrong;               /* free ones whose size is not what lies behind them */
	uint32_t retries;             /* the caller's: how often it went back */
	/* Whole pages in free chunks: what malloc_trim(3) gives back. */
	struct glibc_pages *pages;
	size_t npages, pages_cap;
	/* Chunks in use that may be in a fast bin, and free ones beside them; begun by the caller, or off. */
	struct glibc_fast fast;
	/* Chunks in use that may be a thread's cache. */
	uint64_t *caches;
	size_t ncaches, caches_cap;
};

/* Begin at another piece; what was counted stays. `w` is zeroed before the first. */
void glibc_walk_begin(struct glibc_walk *w, uint64_t first, uint64_t end, uint64_t top, uint64_t page_size);
void glibc_walk_release(struct glibc_walk *w);

/* Go on as far as `len` bytes at `address` tell. */
enum glibc_walk_step glibc_walk(struct glibc_walk *w, const unsigned char *bytes, size_t len,
				uint64_t address);

/*
 * After all pieces, and after glibc_fast_follow() for each arena: all whole pages of free chunks, and of those that
 * malloc_trim(3) makes one of, are in w->pages.
 */
void glibc_walk_pages(struct glibc_walk *w);

/*
 * After BROKEN: look on in the same bytes for a place from where several chunks follow each other, and go on there.
 * False: there is none; w->at is at their end.
 */
bool glibc_walk_skip(struct glibc_walk *w, const unsigned char *bytes, size_t len, uint64_t address);

#endif
