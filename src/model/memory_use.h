#ifndef COWTOP_MODEL_MEMORY_USE_H
#define COWTOP_MODEL_MEMORY_USE_H

/*
 * What the memory of a process is used for, and how much of each use is shared, copied, new. Made by
 * analysis/memory_uses.h from its regions and its allocators' areas.
 */
#include "base/hash.h"
#include "model/sample.h"

enum memory_use_kind {
	MEMORY_HEAP,     /* what brk(2) moves the end of, glibc's main arena in it */
	MEMORY_ARENA,    /* glibc's other arenas, and pieces of the main one elsewhere */
	MEMORY_MAPPED,   /* blocks that glibc's malloc made mappings of their own for */
	MEMORY_PYMALLOC, /* CPython's arenas */
	MEMORY_PHP,      /* PHP's chunks */
	MEMORY_RUBY,     /* pages of Ruby's objects */
	MEMORY_ANON,     /* other anonymous memory */
	MEMORY_STACK,
	MEMORY_DATA, /* a library's or the program's own: .data, .got; what is mapped behind it is anon or heap */
	MEMORY_FILE,
	MEMORY_SHMEM,
	MEMORY_USE_KINDS,
};

struct memory_use {
	enum memory_use_kind kind;
	const char
		*name;  /* of the first region, foreign bytes, borrowed from it; "" for memory without one */
	uint64_t bytes; /* of address space */
	struct page_facts pages;
};

struct memory_uses {
	struct memory_use *items; /* those with most copied pages first, then with most shared ones */
	size_t n, cap;
	struct hash by_name; /* while they are added up */
};

void memory_uses_release(struct memory_uses *u);
/* "heap" "arena" "mapped" "pymalloc" "php" "ruby" "anon" "stack" "data" "file" "shmem" */
const char *memory_use_name(enum memory_use_kind kind);
/* Copies that the process made itself, of inherited pages and of a file's; in pages. */
fact memory_use_copied(const struct memory_use *u);

#endif
