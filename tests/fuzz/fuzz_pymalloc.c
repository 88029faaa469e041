/*
 * parse/pymalloc.h over memory that lies. An input is where the vector of arenas is (4 bytes, an offset), and the
 * memory. What comes out is in range whatever is there.
 */
#include <string.h>
#include "fuzz.h"
#include "lib/memory.h"
#include "parse/pymalloc.h"

static void check_pools(const uint8_t *data, size_t size)
{
	static const uint32_t sizes[] = { 4096, 1U << 14 };

	for (size_t at = 0; at + PYMALLOC_POOL_HEADER <= size; at += 16)
		for (size_t i = 0; i < 2; i++) {
			struct pymalloc_pool p;

			if (!pymalloc_read_pool(data + at, sizes[i], &p))
				continue;
			must(p.size >= 8 && p.size <= 512);
			must((uint64_t)(p.used + p.free) * p.size <= sizes[i] - PYMALLOC_POOL_HEADER);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory in;
	struct reader r = memory_reader(&in);
	struct pymalloc_vector v;
	struct pymalloc_arena a;
	uint32_t offset, used = 0;

	if (size < 4)
		return 0;
	memcpy(&offset, data, 4);
	in = (struct memory){ (unsigned char *)data + 4, size - 4, 0 };
	check_pools(data + 4, size - 4);
	if (!pymalloc_read_vector(&r, MEMORY_BASE + offset % size, &v))
		return 0;
	must(v.n >= 16 && v.used > 0 && v.used <= v.n && v.pool_size && v.arena_size % v.pool_size == 0);
	for (uint32_t i = 0; i < v.n; i++) {
		if (!pymalloc_read_arena(&r, &v, i, &a))
			continue;
		must(a.npools <= v.arena_size / v.pool_size && a.nfree <= a.npools);
		must(a.pools % v.pool_size == 0 && a.pools - a.address < v.pool_size);
		used++;
	}
	must(used <= v.used);
	must(in.reads < 16 + size);
	return 0;
}
