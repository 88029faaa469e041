#include "parse/cpython_objects.h"

#include <string.h>

/* In struct _typeobject. */
enum {
	TYPE_TYPE = 8,
	TYPE_NAME = 24,
	TYPE_BASICSIZE = 32,
	TYPE_ITEMSIZE = 40,
	TYPE_FLAGS = 168,
	TYPE_READ = 176
};
#define BASICSIZE_LEAST 16
#define BASICSIZE_MOST (1U << 20)

#define FLAG_READY (1ULL << 12)
#define FLAG_HAVE_GC (1ULL << 14)

static uint64_t word(const unsigned char *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

static uint32_t half(const unsigned char *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

static bool is_metatype(const struct reader *r, uint64_t address)
{
	uint64_t flags;

	return address % 8 == 0 && address <= UINT64_MAX - TYPE_READ &&
	       reader_u64(r, address + TYPE_FLAGS, &flags) && flags & FLAG_READY && flags & CPYTHON_TYPE_TYPE;
}

bool cpython_type_read(const struct reader *r, uint64_t address, struct cpython_type *ret)
{
	unsigned char bytes[TYPE_READ], first;
	uint64_t flags;

	if (address % 8 || address > UINT64_MAX - TYPE_READ || !reader_read(r, address, bytes, sizeof(bytes)))
		return false;
	flags = word(bytes + TYPE_FLAGS);
	ret->flags = flags;
	ret->name = word(bytes + TYPE_NAME);
	ret->size = word(bytes + TYPE_BASICSIZE);
	ret->items = word(bytes + TYPE_ITEMSIZE);
	ret->tracked = flags & FLAG_HAVE_GC;
	if (!(flags & FLAG_READY) || ret->size < BASICSIZE_LEAST || ret->size > BASICSIZE_MOST)
		return false;
	return is_metatype(r, word(bytes + TYPE_TYPE)) && reader_read(r, ret->name, &first, 1) &&
	       first > ' ' && first != 0x7f;
}

bool cpython_any_counted(const unsigned char *bytes, size_t len, uint32_t minor, uint64_t low, uint64_t high,
			 cpython_is_type is_type, void *ctx)
{
	for (size_t at = 0; at + CPYTHON_ALIGN <= len; at += CPYTHON_ALIGN) {
		uint64_t type;

		/* where pointers are as small as counts, the link of a free block is no count */
		if (!cpython_is_counted(minor, word(bytes + at)) || (word(bytes + at) & UINT32_MAX) >= low)
			continue;
		type = word(bytes + at + 8);
		if (type >= low && type < high && type % 8 == 0 && is_type(ctx, type))
			return true;
	}
	return false;
}

size_t cpython_pool_size(uint32_t minor)
{
	return minor >= 0x030a ? 16384 : 4096;
}

/* struct pool_header: count, freeblock, nextpool, prevpool, arenaindex, szidx, nextoffset, maxnextoffset. */
int cpython_pool_class(const unsigned char bytes[static CPYTHON_POOL_HEADER], uint64_t address,
		       uint32_t minor)
{
	uint64_t pool = cpython_pool_size(minor), free = word(bytes + 8);
	uint32_t count = half(bytes), class = half(bytes + 36), next = half(bytes + 40);
	uint64_t size = (class + 1ULL) * CPYTHON_ALIGN;

	if (class >= 512 / CPYTHON_ALIGN || half(bytes + 44) != pool - size)
		return -1;
	if (next < CPYTHON_POOL_HEADER || next > pool + size || count > (pool - CPYTHON_POOL_HEADER) / size)
		return -1;
	if (free && (free - address >= pool || free % CPYTHON_ALIGN))
		return -1;
	return (int)class;
}
