#ifndef COWTOP_PARSE_READER_H
#define COWTOP_PARSE_READER_H

/*
 * Bytes by address, from wherever they are: another process's memory, a file, an array in a test.
 * What is known of layouts stays apart from how memory is copied. Words are in the byte order of
 * this machine, as those of every process on it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
	/* All `len` bytes, or false and `out` undefined. */
	bool (*read)(void *ctx, uint64_t address, void *out, size_t len);
	/* The next read is to be a fresh one: drop what is cached. May be NULL. */
	void (*forget)(void *ctx);
	void *ctx;
};

static inline bool reader_read(const struct reader *r, uint64_t address, void *out, size_t len)
{
	return address <= UINT64_MAX - len && r->read(r->ctx, address, out, len);
}

static inline bool reader_u64(const struct reader *r, uint64_t address, uint64_t *ret)
{
	return reader_read(r, address, ret, sizeof(*ret));
}

static inline bool reader_u32(const struct reader *r, uint64_t address, uint32_t *ret)
{
	return reader_read(r, address, ret, sizeof(*ret));
}

static inline void reader_forget(const struct reader *r)
{
	if (r->forget)
		r->forget(r->ctx);
}

#endif
