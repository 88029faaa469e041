#ifndef COWTOP_PARSE_CPYTHON_OBJECTS_H
#define COWTOP_PARSE_CPYTHON_OBJECTS_H

/*
 * Objects of CPython 3.7 to 3.15 in its memory, told by their type: release builds with a GIL on LP64 machines. Pure.
 *
 * An object begins with its reference count and its type (Include/object.h, PyObject). A type is an object whose
 * own type is that of types or a subclass of it, which is ready (Include/cpython/object.h, struct _typeobject).
 */
#include <stddef.h>
#include "parse/reader.h"

struct cpython_type {
	bool tracked;   /* its objects have heads for the collector (Py_TPFLAGS_HAVE_GC) */
	uint64_t size;  /* tp_basicsize */
	uint64_t items; /* tp_itemsize */
	uint64_t flags; /* tp_flags */
	uint64_t name;  /* tp_name: an address */
};

/* In tp_flags (Include/object.h, 3.7 to 3.15). */
#define CPYTHON_TYPE_HEAP (1ULL << 9)
#define CPYTHON_TYPE_INT (1ULL << 24) /* int and its subclasses, and so on */
#define CPYTHON_TYPE_LIST (1ULL << 25)
#define CPYTHON_TYPE_STR (1ULL << 28)
#define CPYTHON_TYPE_DICT (1ULL << 29)
#define CPYTHON_TYPE_TYPE (1ULL << 31)

/* Is there a type at this address? */
bool cpython_type_read(const struct reader *r, uint64_t address, struct cpython_type *ret);

/* Is this the reference count of an object that lives and does not live forever? A word that was a count and belongs
 * to a free block now is none: the allocators put a pointer or nothing there. */
static inline bool cpython_is_counted(uint32_t minor, uint64_t word)
{
	/* 3.14 and later: 32 bits of a count, 16 of an overflow, which is another thing, and 16 of flags */
	if (minor >= 0x030e && (word >> 32 & 0xffff || word >> 48 > 0xff))
		return false;
	/* 3.12 and later: immortal ones have the highest bit of 32 */
	return (minor >= 0x030e ? word & UINT32_MAX : word) - 1 < 0x7fffffff;
}

/* ... or of one that lives forever? */
static inline bool cpython_is_immortal(uint32_t minor, uint64_t word)
{
	if (minor < 0x030c || !(word & 0x80000000))
		return false;
	return minor >= 0x030e ? !(word >> 32 & 0xffff) && word >> 48 <= 0xff : word >> 32 == 0;
}

/* Can an object lie at every address that is a multiple of this, and only there. */
#define CPYTHON_ALIGN 16

/* Of which type something may be: a word that looks like a type, which the caller may know. */
typedef bool (*cpython_is_type)(void *ctx, uint64_t address);

/*
 * Does an object that lives, and not forever, begin among these bytes? They begin at a multiple of CPYTHON_ALIGN.
 * [low, high): where types lie, and all that pointers point to.
 */
bool cpython_any_counted(const unsigned char *bytes, size_t len, uint32_t minor, uint64_t low, uint64_t high,
			 cpython_is_type is_type, void *ctx);

/* Bytes of a pool of CPython's own allocator (Objects/obmalloc.c): pools lie at multiples of that. */
size_t cpython_pool_size(uint32_t minor);
/* Which size class a pool is of that may begin with these 48 bytes, 0 the smallest; -1: there is no pool. */
#define CPYTHON_POOL_HEADER 48
int cpython_pool_class(const unsigned char bytes[static CPYTHON_POOL_HEADER], uint64_t address,
		       uint32_t minor);

#endif
