/*
 * parse/zend_mm.h over memory that lies: chunks that a ring leads to, of which the input is the first bytes of each. Four
 * bytes of it say which of four chunks a link that is aligned leads to.
 */
#include <string.h>
#include "fuzz.h"
#include "parse/zend_mm.h"

#define CHUNKS 4
#define FIRST (64 * ZEND_CHUNK)

struct chunks {
	const uint8_t *data;
	size_t each; /* bytes of a chunk */
	uint64_t reads;
};

static bool read_chunks(void *ctx, uint64_t address, void *out, size_t len)
{
	struct chunks *c = ctx;
	uint64_t chunk = (address - FIRST) / ZEND_CHUNK, at = address % ZEND_CHUNK;

	c->reads++;
	if (address < FIRST || chunk >= CHUNKS || at + len > c->each)
		return false;
	memcpy(out, c->data + chunk * c->each + at, len);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct chunks c = { data, size / CHUNKS, 0 };
	struct reader r = { read_chunks, NULL, &c };

	for (uint64_t i = 0; i < CHUNKS; i++) {
		struct zend_chunk chunk;
		struct zend_heap heap;

		if (zend_read_chunk(&r, FIRST + i * ZEND_CHUNK, &chunk))
			must(chunk.free_pages < 512 && chunk.next % ZEND_CHUNK == 0);
		if (zend_read_heap(&r, FIRST + i * ZEND_CHUNK, &heap)) {
			must(heap.chunks > 0 && heap.chunks <= CHUNKS && heap.free_pages < heap.chunks * 512);
			must(heap.used <= heap.held && heap.held >= heap.chunks * ZEND_CHUNK);
		}
	}
	must(c.reads < 4 * (ZEND_CHUNKS_MAX + 16ULL));
	return 0;
}
