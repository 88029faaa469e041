#include "parse/ruby_heap.h"

#include <string.h>

/* RVALUE_SIZE is 40, the slots of the other pools twice as large each. */
static bool is_slot(uint32_t size)
{
	return size == 40 || size == 80 || size == 160 || size == 320 || size == 640;
}

bool ruby_read_page(const struct reader *r, uint64_t address, uint32_t page_size, struct ruby_page *ret)
{
	uint64_t page, words[8];
	uint16_t counts[3];
	bool starts = false;

	if (!reader_u64(r, address, &page) || !page || page % 8 ||
	    !reader_read(r, page, words, sizeof(words)))
		return false;
	memcpy(counts, words, sizeof(counts)); /* slot_size, total_slots, free_slots */
	/* `start`, the first slot: behind the word, and aligned to a slot */
	for (int i = 2; i < 8; i++)
		starts |= words[i] > address && words[i] - address < 8U + counts[0] * 2U;
	if (!starts || !is_slot(counts[0]) || !counts[1] || counts[2] > counts[1] ||
	    (uint32_t)counts[0] * counts[1] > page_size ||
	    (uint32_t)counts[0] * (counts[1] + 2U) + 64 < page_size)
		return false;
	*ret = (struct ruby_page){ page_size, counts[0], counts[1], counts[2] };
	return true;
}
