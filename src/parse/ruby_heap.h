#ifndef COWTOP_PARSE_RUBY_HEAP_H
#define COWTOP_PARSE_RUBY_HEAP_H

/*
 * Ruby's object heap as it lies in memory (gc.c, gc/default/default.c; struct heap_page of 3.1 and later): pages of 64 KiB
 * (16 KiB in 3.1) at addresses of that alignment, whose first word leads to a description elsewhere: the size of a slot,
 * how many there are, how many were free when the page was swept, and where the first one is. Verified on 3.1.2 and 3.3.8.
 */
#include "parse/reader.h"

struct ruby_page {
	uint32_t page_size, slot_size, slots, free;
	uint64_t first; /* the address of its first slot */
	uint64_t bits;  /* wb_unprotected_bits: a bit for each RUBY_UNIT of the page */
};

/* RVALUE_SIZE: a slot is one of these, or 2, 4, 8 or 16. */
#define RUBY_UNIT 40
#define RUBY_PAGE_MAX (64U << 10)
#define RUBY_BITS_MAX (RUBY_PAGE_MAX / RUBY_UNIT / 64 + 1)

/* Does a page of `page_size` bytes begin at `address`? */
bool ruby_read_page(const struct reader *r, uint64_t address, uint32_t page_size, struct ruby_page *ret);

/* Which of its slots hold objects that have no age: words of bits for ruby_is_unprotected(). */
bool ruby_read_unprotected(const struct reader *r, const struct ruby_page *p, uint64_t ret[RUBY_BITS_MAX]);

enum ruby_slot {
	RUBY_FREE, /* no object, or what is left of one */
	RUBY_YOUNG,
	RUBY_OLD,
	RUBY_UNPROTECTED, /* neither ever */
};

/* What lies in the slot at this address of a page, by the first word in it. `in_header`: up to 3.2 two bits of it count
 * the collections survived; from 3.3 on one says that it is old. */
enum ruby_slot ruby_slot_of(uint64_t address, uint64_t flags, const uint64_t unprotected[RUBY_BITS_MAX],
			    uint32_t page_size, bool in_header);

/* "3.1.2" -> 0x0301; 0: that is no version. */
uint32_t ruby_version_of(const char *text);

#endif
