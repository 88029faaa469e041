#include "parse/zend_mm.h"

#define PAGES 512
/* struct _zend_mm_heap lies behind the head of its chunk: use_custom_heap, storage, size, peak; the lists of 30 sizes;
 * real_size. */
#define HEAP 64
#define SIZE 16
#define REAL_SIZE (SIZE + 16 + 30 * 8)
/* 8.4 has shadow_key in front of the lists. */
#define REAL_SIZE_LATER (REAL_SIZE + 8)

bool zend_read_chunk(const struct reader *r, uint64_t address, struct zend_chunk *ret)
{
	struct {
		uint64_t heap, next, prev;
		uint32_t free_pages, free_tail;
	} head;

	if (!reader_read(r, address, &head, sizeof(head)) || head.heap % ZEND_CHUNK != HEAP || !head.next ||
	    !head.prev || head.next % ZEND_CHUNK || head.prev % ZEND_CHUNK || head.free_pages >= PAGES ||
	    head.free_tail > PAGES)
		return false;
	*ret = (struct zend_chunk){ head.heap, head.next, head.prev, head.free_pages,
				    head.heap == address + HEAP };
	return true;
}

static bool read_sizes(const struct reader *r, uint64_t heap, struct zend_heap *ret)
{
	static const uint32_t places[] = { REAL_SIZE, REAL_SIZE_LATER };

	for (int i = 0; i < 2; i++) {
		uint64_t real[2];

		/* real_size, real_peak */
		if (reader_u64(r, heap + SIZE, &ret->used) &&
		    reader_read(r, heap + places[i], real, sizeof(real)) && real[0] % 4096 == 0 &&
		    real[0] >= ret->chunks * ZEND_CHUNK && real[0] <= real[1] && real[1] % 4096 == 0 &&
		    ret->used <= real[0]) {
			ret->held = real[0];
			return true;
		}
	}
	return false;
}

bool zend_read_heap(const struct reader *r, uint64_t address, struct zend_heap *ret)
{
	uint64_t at = address, before = 0;
	struct zend_chunk c;

	*ret = (struct zend_heap){ 0 };
	do {
		if (ret->chunks == ZEND_CHUNKS_MAX || !zend_read_chunk(r, at, &c) ||
		    c.heap != address + HEAP || (before && c.prev != before))
			return false;
		ret->chunks++;
		ret->free_pages += c.free_pages;
		before = at;
		at = c.next;
	} while (at != address);
	return read_sizes(r, address + HEAP, ret);
}
