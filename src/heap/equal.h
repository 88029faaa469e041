#ifndef COWTOP_HEAP_EQUAL_H
#define COWTOP_HEAP_EQUAL_H

/*
 * Which pages have the same bytes in several processes, and which words are in several of them, wherever they lie? Pages
 * are read, present ones only, and kept as hashes of 64 bits; of the words one in 128, the same in each process, that is
 * no address (below 2^47) and is not in every other page, as what types and formats have in common is.
 *
 *	struct equal e = { 0 };
 *	for (each process, i)
 *		equal_read(&e, i, &side, pages, n, page_size);
 *	equal_facts_of(&e, &facts);
 *	equal_release(&e);
 */
#include <stdbool.h>
#include <stdint.h>
#include "model/equal.h"

/* The hash of a page, or a word. */
struct equal_item {
	uint64_t value;
	uint32_t process;
};

struct equal_list {
	struct equal_item *items;
	size_t n, cap;
};

struct equal {
	struct equal_list pages, words;
	size_t processes;    /* that were read */
	double zero, absent; /* pages: zeros; gone, or not to be read */
};

/* Who is read: open descriptors, borrowed; and, or NULL: is it to go on? */
struct equal_side {
	int pagemap, mem;
	bool (*go_on)(void *data);
	void *data;
};

/* `pages`: n page numbers, ascending, of process `process`: 0 and up. 0; or -1: pagemap cannot be read, or it was to end, and
 * nothing of the process is in. */
int equal_read(struct equal *e, uint32_t process, const struct equal_side *side, const uint64_t *pages,
	       size_t n, size_t page_size);
/* Means of the processes; `new` is the caller's. Sorts. */
void equal_facts_of(struct equal *e, struct equal_facts *ret);
void equal_release(struct equal *e); /* a zeroed one is fine */

#endif
