#ifndef COWTOP_MODEL_ALLOCATOR_H
#define COWTOP_MODEL_ALLOCATOR_H

/*
 * What a process's allocators hold, and what of it is in use: facts, as they were found in its memory. Made on demand
 * for one process, beside the sample.
 */
#include <stdbool.h>
#include "model/fact.h"

enum allocator_kind {
	ALLOCATOR_GLIBC,
	ALLOCATOR_PYMALLOC,
	ALLOCATOR_JEMALLOC,
	ALLOCATOR_TCMALLOC,
	ALLOCATOR_MIMALLOC,
	ALLOCATOR_PHP,     /* Zend's memory manager */
	ALLOCATOR_RUBY,    /* Ruby's object heap */
	ALLOCATOR_UNKNOWN, /* the only one then: `held` is all anonymous memory that can be written */
	ALLOCATOR_KINDS,
};

/* How an allocator was recognised; the first that holds. */
enum allocator_sign {
	ALLOCATOR_BY_STATE, /* its own structures were found and hold together: there are amounts */
	ALLOCATOR_BY_FILE,  /* a library of its name is mapped */
	ALLOCATOR_BY_SYMBOL,
	ALLOCATOR_BY_NAME, /* the kernel names its mappings so */
	ALLOCATOR_BY_NONE, /* the unknown one */
};

/*
 * `held` is what it got from the kernel and keeps, and the sum of the five that follow it. In bytes, of address space:
 * not all of it need be resident.
 */
struct allocator_facts {
	enum allocator_kind kind;
	enum allocator_sign sign;
	const char *why; /* of amounts that are ABSENT: a static string, else NULL */
	bool guessed;    /* some of it did not hold together: the amounts are estimates */
	fact arenas;     /* glibc's arenas, pymalloc's, PHP's chunks, Ruby's pages */
	fact held;
	fact used;
	fact own; /* what it spends on itself, as far as that is told apart: glibc's counts as in use */
	/* Freed by the program and kept ready for the thread that freed it (glibc's tcache; malloc_info(3) counts it as in
	 * use, and so does fordblks of mallinfo2(3)). */
	fact cached;
	fact free; /* freed and kept, between what is in use (malloc_info: fast, rest) */
	fact top; /* never given out yet or grown back together, at the end (malloc_info counts it into rest) */
	/* Resident bytes of whole pages in `free` and `top` that the program could give back without moving anything:
	 * what malloc_trim(3) would give, what of pymalloc's arenas is free throughout. */
	fact trimmable;
	/* Of `free` and `top`: what lies on pages where something is in use, too. However much is freed beside it, nothing
	 * gives it back: fragmentation. ABSENT where that is not told. */
	fact pinned;
	fact mapped,
		nmapped; /* glibc: blocks that have a mapping of their own, in use, in none of the above */
};

/* pymalloc's blocks of one size. */
struct size_class_facts {
	uint32_t size;
	uint64_t pools, used, free; /* used and free: blocks */
};

/* What a piece of memory belongs to. */
enum area_use {
	AREA_BRK,    /* glibc's main arena in [heap] */
	AREA_ARENA,  /* glibc's other arenas, and the main one's pieces elsewhere */
	AREA_MAPPED, /* a block of its own, or several in a row */
	AREA_POOLS,  /* pymalloc's arenas */
	AREA_CHUNKS, /* of another allocator: PHP's chunks, Ruby's pages */
};

struct allocator_area {
	uint64_t start, end;
	enum allocator_kind kind;
	enum area_use use;
	uint32_t number; /* of glibc's arena: 0 is the main one */
};

struct allocator_inventory {
	struct allocator_facts *items;
	size_t nitems, items_cap;
	struct size_class_facts *classes; /* of pymalloc, by size */
	size_t nclasses, classes_cap;
	struct allocator_area *areas; /* ascending, disjoint */
	size_t nareas, areas_cap;
	fact pages_read; /* what it cost */
};

void allocator_inventory_release(struct allocator_inventory *i);
/* "glibc" "pymalloc" "jemalloc" "tcmalloc" "mimalloc" "php" "ruby" "unknown" */
const char *allocator_name(enum allocator_kind kind);
/* "state" "file" "symbol" "name" "none" */
const char *allocator_sign_name(enum allocator_sign sign);
/* One more, with all its facts ABSENT. */
struct allocator_facts *allocator_add(struct allocator_inventory *i, enum allocator_kind kind,
				      enum allocator_sign sign);
void allocator_add_class(struct allocator_inventory *i, const struct size_class_facts *c);
void allocator_add_area(struct allocator_inventory *i, uint64_t start, uint64_t end, enum allocator_kind kind,
			enum area_use use, uint32_t number);
/* Bring the areas into order; where two overlap the one that begins first stays whole. */
void allocator_sort_areas(struct allocator_inventory *i);
/* The area around an address, or NULL; after the sort. */
const struct allocator_area *allocator_area_at(const struct allocator_inventory *i, uint64_t address);

#endif
