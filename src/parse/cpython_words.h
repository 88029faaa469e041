#ifndef COWTOP_PARSE_CPYTHON_WORDS_H
#define COWTOP_PARSE_CPYTHON_WORDS_H

/*
 * What has been written on a page of CPython's objects, by the words that differ between a process's copy of it and the
 * page it was copied from. What was written and written back, as references that were taken and dropped or the counts of
 * a collection are, does not show: most copies are the same. Pure.
 */
#include "model/wrote.h"
#include "parse/cpython_objects.h"

struct cpython_page {
	uint32_t minor;     /* CPYTHON_MINOR() */
	uint64_t address;   /* of the page */
	uint64_t low, high; /* as in cpython_any_counted() */
	bool pool;          /* it is of a pool of CPython's allocator */
	cpython_is_type is_type;
	void *ctx;
};

/* `len` bytes each, a multiple of CPYTHON_ALIGN. 0: they are the same. */
unsigned int cpython_words_written(const struct cpython_page *p, const unsigned char *before,
				   const unsigned char *after, size_t len);

#endif
