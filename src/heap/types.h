#ifndef COWTOP_HEAP_TYPES_H
#define COWTOP_HEAP_TYPES_H

/*
 * The types of an interpreter, as they are met: what once was found to be one is remembered for good, what was not
 * until others push it out. What a process that lies can make this cost is bounded.
 */
#include "base/hash.h"
#include "parse/cpython_objects.h"

#define TYPES_MAX 65536
#define NOT_TYPES 4096
/* Addresses that are looked at, at the most. */
#define TYPES_TRIES (1U << 20)

struct types {
	const struct reader *r; /* never of what is being scanned (heap/heap_image.h) */
	uint64_t *known;        /* addresses */
	size_t n, cap;
	struct hash by_address;
	uint64_t latest; /* found last: objects of a type lie together */
	size_t latest_number;
	uint64_t * not ; /* of NOT_TYPES */
	uint32_t tries;
};

void types_init(struct types *t, const struct reader *r);
void types_release(struct types *t); /* a zeroed one is fine */
/* The number of the type at an address, the same for good, below `n`; SIZE_MAX: there is none. */
size_t types_find(struct types *t, uint64_t address);
/* cpython_is_type of a struct types. */
bool types_has(void *types, uint64_t address);

#endif
