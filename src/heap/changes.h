#ifndef COWTOP_HEAP_CHANGES_H
#define COWTOP_HEAP_CHANGES_H

/*
 * What a process has written on pages that it inherited, by what differs from those of the process that it was forked
 * from (parse/cpython_words.h). Both are read, present pages only.
 */
#include "heap/inventory.h"
#include "parse/cpython_words.h"

/* Who has copied: open descriptors, borrowed. */
struct changes_of {
	int pagemap, mem;
};

/*
 * `wanted`: a byte a page of the inventory, which pages to look at. `ret`: so many bytes, what was written
 * (WROTE_*), 0: the same bytes, WROTE_UNREAD.
 */
void changes_read(const struct inventory_target *master, const struct inventory *inv,
		  const struct changes_of *of, const bool *wanted, uint8_t *ret);

#endif
