#ifndef COWTOP_PARSE_RUBY_HEAP_H
#define COWTOP_PARSE_RUBY_HEAP_H

/*
 * Ruby's object heap as it lies in memory (gc.c, gc/default/default.c; struct heap_page of 3.1 and later): pages of 64 KiB
 * (16 KiB in 3.1) at addresses of that alignment, whose first word leads to a description elsewhere: the size of a slot,
 * how many there are, how many were free when the page was swept, and where the first one is.
 */
#include "parse/reader.h"

struct ruby_page {
	uint32_t page_size, slot_size, slots, free;
};

/* Does a page of `page_size` bytes begin at `address`? */
bool ruby_read_page(const struct reader *r, uint64_t address, uint32_t page_size, struct ruby_page *ret);

#endif
