/*
 * parse/ruby_heap.h over memory that lies. An input is that memory; each aligned place of it may be a page of 256 bytes, if
 * pages were so small, or of 16 or 64 KiB.
 */
#include <string.h>
#include "fuzz.h"
#include "lib/memory.h"
#include "parse/ruby_heap.h"

static void check_version(const uint8_t *data, size_t size)
{
	char text[16] = "";

	memcpy(text, data, size < sizeof(text) - 1 ? size : sizeof(text) - 1);
	must(ruby_version_of(text) >> 8 < 100 && (ruby_version_of(text) & 0xff) < 100);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t sizes[] = { 256, 16U << 10, 64U << 10 };
	struct memory in = { (unsigned char *)data, size, 0 };
	struct reader r = memory_reader(&in);

	check_version(data, size);
	for (uint64_t at = MEMORY_BASE; at < MEMORY_BASE + size; at += 64)
		for (size_t i = 0; i < 3; i++) {
			uint64_t bits[RUBY_BITS_MAX];
			struct ruby_page p;

			if (!ruby_read_page(&r, at, sizes[i], &p))
				continue;
			must(p.slots > 0 && p.free <= p.slots && p.slot_size >= 40);
			must(p.first > at && p.first % 8 == 0);
			must(p.first + (uint64_t)p.slots * p.slot_size <= at + sizes[i]);
			if (!ruby_read_unprotected(&r, &p, bits))
				continue;
			for (uint32_t k = 0; k < p.slots; k++)
				ruby_slot_of(p.first + (uint64_t)k * p.slot_size, at * k, bits, p.page_size,
					     k % 2);
		}
	return 0;
}
