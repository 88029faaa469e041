#ifndef COWTOP_HEAP_KINDS_SCAN_H
#define COWTOP_HEAP_KINDS_SCAN_H

/*
 * The memory that heap/kinds.h looks through, page by page: where an object begins.
 */
#include "heap/heap_image.h"
#include "heap/types.h"

/* The largest pool: what lies in one is of one size. */
#define KINDS_PIECE_SHIFT 14
#define KINDS_PIECE (1ULL << KINDS_PIECE_SHIFT)

struct kinds_scan {
	struct heap_image *heap; /* borrowed, all three: where there are pages, */
	const struct reader *r;  /* and their bytes */
	struct types *types;
	uint32_t minor;
	uint64_t head;      /* bytes of one */
	uint64_t low, high; /* where types can lie */
	/* Of the type with this number: bytes before its objects that are theirs; UINT32_MAX: there is none. */
	uint32_t (*before)(void *ctx, size_t type);
	/* An object of this type; it may extend so far at most. How far it does, 0: it is none. */
	uint64_t (*object)(void *ctx, size_t type, uint64_t address, uint64_t most);
	void *ctx;
	bool (*go_on)(void *data); /* NULL: it does */
	void *data;
	/* Of so many pieces (KINDS_PIECE) in a row one is looked at; 0 and 1: all. */
	uint64_t every;
	uint64_t pages; /* that were looked at */
	bool cut;       /* not all could be read */
	/* The pool that was begun last, and until where its blocks were ever given out. */
	uint64_t pool, pool_end;
	uint32_t block;
};

void kinds_scan(struct kinds_scan *s);

#endif
