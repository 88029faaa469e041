#ifndef COWTOP_TESTS_MEMORY_H
#define COWTOP_TESTS_MEMORY_H

/*
 * A piece of memory at a fixed address, for what reads through a struct reader.
 */
#include <string.h>
#include "parse/reader.h"

#define MEMORY_BASE 0x100000ULL

struct memory {
	unsigned char *bytes;
	size_t size;
	uint64_t reads;
};

static inline bool memory_read(void *ctx, uint64_t address, void *out, size_t len)
{
	struct memory *m = ctx;

	m->reads++;
	if (address < MEMORY_BASE || address - MEMORY_BASE > m->size ||
	    len > m->size - (address - MEMORY_BASE))
		return false;
	memcpy(out, m->bytes + (address - MEMORY_BASE), len);
	return true;
}

static inline struct reader memory_reader(struct memory *m)
{
	return (struct reader){ memory_read, NULL, m };
}

static inline void put64(struct memory *m, uint64_t address, uint64_t v)
{
	memcpy(m->bytes + (address - MEMORY_BASE), &v, sizeof(v));
}

static inline void put32(struct memory *m, uint64_t address, uint32_t v)
{
	memcpy(m->bytes + (address - MEMORY_BASE), &v, sizeof(v));
}

#endif
