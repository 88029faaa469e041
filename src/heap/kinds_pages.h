#ifndef COWTOP_HEAP_KINDS_PAGES_H
#define COWTOP_HEAP_KINDS_PAGES_H

/*
 * How many workers have copied each page of a heap, and how many still share it; and sums of what lies on such pages.
 * A piece of memory of any length costs the same.
 */
#include "heap/heap_image.h"

/* Of a page: how many workers. */
struct page_fate {
	uint16_t copied, shared;
};

struct fate_sum {
	uint64_t copied, shared;
};

struct kinds_pages {
	struct heap_image *heap; /* borrowed: its pages */
	struct page_fate *fates; /* a page each */
	struct fate_sum *before; /* of all pages before each, and of all */
	uint64_t room;           /* so many bytes more can lie in it: nothing lies on one place twice */
	uint64_t marks;          /* so many pages more can be marked, */
	size_t chunks;           /* in so many bytes more */
	bool cut;                /* one of these did not do */
	/* The page that was asked for last; `size` 0: none. */
	uint64_t at, size;
	size_t number;
};

/* What lies in pieces of memory: times workers, copied and shared. */
struct piece_sum {
	uint64_t bytes, copied, shared;
};

/* Pages that hold something of one kind, each once. */
struct page_marks {
	uint64_t **chunks; /* NULL: none yet */
	size_t nchunks;
	size_t latest; /* page plus 1 that was marked last */
	uint64_t copied, shared;
};

/* The fates of `n` pages from the one with number `page` (address / page size) on; they are zeroed before. */
typedef void (*page_fates)(void *ctx, uint64_t page, size_t n, struct page_fate *ret);

/* `of` NULL: nothing is known. */
void kinds_pages_init(struct kinds_pages *p, struct heap_image *heap, page_fates of, void *ctx);
void kinds_pages_release(struct kinds_pages *p);
/* The fate of the page around an address; none: nobody has it. */
struct page_fate kinds_pages_fate(struct kinds_pages *p, uint64_t address);
/* Adds a piece to `sum`, as far as it lies in one piece of the heap, and marks its pages. */
void kinds_pages_add(struct kinds_pages *p, uint64_t address, uint64_t len, struct piece_sum *sum,
		     struct page_marks *marks);
void page_marks_release(struct page_marks *m);

#endif
