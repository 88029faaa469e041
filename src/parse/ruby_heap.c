#include "parse/ruby_heap.h"

#include <string.h>

/* The slots of the other pools are twice as large each. */
static bool is_slot(uint32_t size)
{
	for (uint32_t s = RUBY_UNIT; s <= 16 * RUBY_UNIT; s *= 2)
		if (size == s)
			return true;
	return false;
}

bool ruby_read_page(const struct reader *r, uint64_t address, uint32_t page_size, struct ruby_page *ret)
{
	uint64_t page, words[8];
	uint16_t counts[3];
	uint64_t start = 0;
	int i;

	if (!reader_u64(r, address, &page) || !page || page % 8 || page > UINT64_MAX - (1U << 20) ||
	    !reader_read(r, page, words, sizeof(words)))
		return false;
	memcpy(counts, words, sizeof(counts)); /* slot_size, total_slots, free_slots */
	/* `start`, the first slot: behind the word, and aligned to a slot */
	for (i = 2; i < 8 && !start; i++)
		if (words[i] > address && words[i] - address < 8U + counts[0] * 2U)
			start = words[i];
	if (!start || start % 8 || !is_slot(counts[0]) || !counts[1] || counts[2] > counts[1] ||
	    start - address + (uint32_t)counts[0] * counts[1] > page_size ||
	    (uint32_t)counts[0] * (counts[1] + 2U) + 64 < page_size)
		return false;
	/* behind it: freelist, page_node of two words, then the bits */
	*ret = (struct ruby_page){ page_size, counts[0], counts[1],
				   counts[2], start,     page + 8U * (uint32_t)(i + 3) };
	return true;
}

static uint32_t words_of(uint32_t page_size)
{
	return (page_size / RUBY_UNIT + 64) / 64; /* HEAP_PAGE_BITMAP_LIMIT: of one more than fit */
}

bool ruby_read_unprotected(const struct reader *r, const struct ruby_page *p, uint64_t ret[RUBY_BITS_MAX])
{
	return p->page_size <= RUBY_PAGE_MAX &&
	       reader_read(r, p->bits, ret, words_of(p->page_size) * sizeof(*ret));
}

/* ruby/internal/value_type.h, ruby/internal/fl_type.h */
enum { TYPE = 0x1f, NONE = 0, ZOMBIE = 0x1d, MOVED = 0x1e, AGE = 3 << 5, PROMOTED = 1 << 5 };

enum ruby_slot ruby_slot_of(uint64_t address, uint64_t flags, const uint64_t unprotected[RUBY_BITS_MAX],
			    uint32_t page_size, bool in_header)
{
	uint64_t unit = address % page_size / RUBY_UNIT;

	if ((flags & TYPE) == NONE || (flags & TYPE) == ZOMBIE || (flags & TYPE) == MOVED)
		return RUBY_FREE;
	if (unprotected[unit / 64] >> unit % 64 & 1)
		return RUBY_UNPROTECTED;
	return in_header        ? (flags & AGE) == AGE ? RUBY_OLD : RUBY_YOUNG :
	       flags & PROMOTED ? RUBY_OLD :
				  RUBY_YOUNG;
}

uint32_t ruby_version_of(const char *text)
{
	uint32_t parts[2] = { 0 };

	for (int i = 0; i < 2; i++) {
		int digits = 0;

		for (; *text >= '0' && *text <= '9' && digits < 2; digits++)
			parts[i] = parts[i] * 10 + (uint32_t)(*text++ - '0');
		if (!digits || *text++ != '.')
			return 0;
	}
	return *text >= '0' && *text <= '9' ? parts[0] << 8 | parts[1] : 0;
}
