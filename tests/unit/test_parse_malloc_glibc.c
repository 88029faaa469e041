#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/cleanup.h"
#include "lib/glibcworld.h"
#include "parse/malloc_glibc_cache.h"
#include "parse/malloc_glibc_walk.h"

static unsigned char bytes[0x20000];
static struct memory world;
static struct glibc_arena arenas[GLIBC_ARENAS_MAX];

static void begin(const struct glibcshape *s, uint64_t top)
{
	memset(bytes, 0, sizeof(bytes));
	world = (struct memory){ bytes, sizeof(bytes), 0 };
	glibc_put_arena(&world, s, GLIBC_MAIN, GLIBC_MAIN, top, 0x21000);
	glibc_begin_chunks(&world, GLIBC_HEAP);
}

static size_t find(void)
{
	return glibc_find_bins(bytes + (GLIBC_DATA - MEMORY_BASE), 0x2000, GLIBC_DATA, 0);
}

static size_t read_arenas(void)
{
	struct reader r = memory_reader(&world);

	return glibc_read_arenas(&r, GLIBC_DATA + find(), arenas);
}

static void test_glibc__every_layout(void **state)
{
	for (size_t i = 0; i < GLIBCSHAPES; i++) {
		const struct glibcshape *s = &glibcshapes[i];

		begin(s, GLIBC_HEAP);
		assert_int_equal(GLIBC_DATA + find(), GLIBC_MAIN + (uint64_t)s->bins);
		if (read_arenas() != 1)
			fail_msg("%s: not one arena", s->name);
		assert_int_equal(arenas[0].address, GLIBC_MAIN);
		assert_int_equal(arenas[0].end, GLIBC_MAIN + (uint64_t)s->size);
		assert_int_equal(arenas[0].top, GLIBC_HEAP);
		assert_int_equal(arenas[0].system, 0x21000);
		assert_int_equal(arenas[0].nfast, s->fast ? 10 : 0);
		if (s->fast)
			assert_int_equal(arenas[0].fast, GLIBC_MAIN + (uint64_t)s->fast);
	}
}

static void test_glibc__a_ring_of_arenas(void **state)
{
	const uint64_t other = MEMORY_BASE + 0x10030, third = MEMORY_BASE + 0x12030;

	for (size_t i = 0; i < GLIBCSHAPES; i++) {
		const struct glibcshape *s = &glibcshapes[i];

		begin(s, GLIBC_HEAP);
		glibc_put_arena(&world, s, GLIBC_MAIN, other, GLIBC_HEAP, 0x21000);
		glibc_put_arena(&world, s, other, third, GLIBC_HEAP + 64, 0x1000);
		glibc_put_arena(&world, s, third, GLIBC_MAIN, GLIBC_HEAP + 32, 0x2000);
		assert_int_equal(read_arenas(), 3);
		assert_int_equal(arenas[1].address, other);
		assert_int_equal(arenas[2].system, 0x2000);
		/* one that does not come back is none */
		put64(&world, third + (uint64_t)s->next, other);
		assert_int_equal(read_arenas(), 0);
		put64(&world, third + (uint64_t)s->next, 0xdead0000);
		assert_int_equal(read_arenas(), 0);
	}
}

static void test_glibc__what_is_no_arena(void **state)
{
	const struct glibcshape *s = &glibcshapes[2];
	const uint64_t bins = GLIBC_MAIN + (uint64_t)s->bins;

	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(find(), 0x2000); /* never begun */
	begin(s, GLIBC_HEAP);
	put64(&world, bins + 126 * 16, GLIBC_HEAP); /* the last bin holds something */
	assert_int_equal(find(), 0x2000);
	begin(s, GLIBC_HEAP);
	put64(&world, bins + 50 * 16, bins + 48 * 16); /* a list with one end */
	assert_int_equal(find(), 0x2000);
	begin(s, GLIBC_HEAP);
	put64(&world, bins + 50 * 16, GLIBC_HEAP);
	put64(&world, bins + 50 * 16 + 8, GLIBC_HEAP + 0x40);
	assert_int_equal(GLIBC_DATA + find(), bins);
	put64(&world, GLIBC_MAIN + (uint64_t)s->system, 0x22000); /* more than it ever had */
	assert_int_equal(read_arenas(), 0);
}

static void test_glibc__counts(void **state)
{
	for (size_t i = 0; i < GLIBCSHAPES; i++) {
		const struct glibcshape *s = &glibcshapes[i];
		struct reader r = memory_reader(&world);
		struct glibc_counts c;

		begin(s, GLIBC_HEAP);
		glibc_put_chunk(&world, GLIBC_HEAP, 0x290, true);
		assert_false(glibc_find_counts(bytes + 0x1000, 0x2000, &r, &c));
		glibc_put_counts(&world, s, 3, 0x40000, GLIBC_HEAP);
		assert_true(glibc_find_counts(bytes + 0x1000, 0x2000, &r, &c));
		assert_int_equal(c.first, GLIBC_HEAP);
		assert_int_equal(c.nmapped, 3);
		assert_int_equal(c.mapped, 0x40000);
		/* a break that does not begin at a boundary */
		glibc_put_counts(&world, s, 0, 0, GLIBC_HEAP - 8);
		assert_true(glibc_find_counts(bytes + 0x1000, 0x2000, &r, &c));
		assert_int_equal(c.first, GLIBC_HEAP);
		/* no chunk is there */
		glibc_put_counts(&world, s, 0, 0, GLIBC_HEAP + 32);
		assert_false(glibc_find_counts(bytes + 0x1000, 0x2000, &r, &c));
	}
}

/* Walk from the first chunk on, given `step` bytes at a time. */
static enum glibc_walk_step walk(struct glibc_walk *w, uint64_t end, uint64_t top, size_t step)
{
	enum glibc_walk_step result;
	int turns = 0;

	glibc_walk_begin(w, GLIBC_HEAP, end, top, 4096);
	do {
		size_t len = w->end - w->at < step ? (size_t)(w->end - w->at) : step;

		assert_true(turns++ < 10000);
		result = glibc_walk(w, bytes + (w->at - MEMORY_BASE), len, w->at);
	} while (result == GLIBC_WALK_MORE);
	return result;
}

static void test_glibc__chunks(void **state)
{
	const size_t steps[] = { GLIBC_WALK_LEAST, 64, 4096, 0x20000 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		cleanup(glibc_walk_release) struct glibc_walk w = { 0 };
		uint64_t at = GLIBC_HEAP, free;

		begin(&glibcshapes[1], 0);
		at = glibc_put_chunk(&world, at, 0x40, true);
		free = at;
		at = glibc_put_chunk(&world, at, 0x3000, false);
		at = glibc_put_chunk(&world, at, 0x20, true);
		at = glibc_put_chunk(&world, at, 0x60, false);
		at = glibc_put_chunk(&world, at, 0x100, true);
		put64(&world, at + 8, 0x1001);
		assert_int_equal(walk(&w, at + 0x1000, at, steps[i]), GLIBC_WALK_TOP);
		assert_int_equal(w.chunks, 5);
		assert_int_equal(w.nfree, 2);
		assert_int_equal(w.free, 0x3060);
		assert_int_equal(w.top_size, 0x1000);
		assert_int_equal(w.wrong, 0);
		/* its first 48 bytes stay, and what is left of its last page */
		assert_int_equal(w.npages, 1);
		assert_int_equal(w.pages[0].start, (free + 48 + 4095) / 4096 * 4096);
		assert_int_equal(w.pages[0].end, (free + 0x3000) / 4096 * 4096);
	}
}

static void test_glibc__the_end_of_a_piece(void **state)
{
	const uint64_t end = GLIBC_HEAP + 0x8000;

	/* two fences, a fence and nothing, nothing */
	for (int kind = 0; kind < 3; kind++) {
		cleanup(glibc_walk_release) struct glibc_walk w = { 0 };
		uint64_t at;

		begin(&glibcshapes[1], 0);
		at = glibc_put_chunk(&world, GLIBC_HEAP, 0x500, false);
		put64(&world, at + 8, kind == 2 ? 0 : 0x10);
		put64(&world, at + 24, kind ? 1 : 0x11);
		assert_int_equal(walk(&w, end, 0, 4096), GLIBC_WALK_FENCE);
		assert_int_equal(w.at, at);
		assert_int_equal(w.free, 0x500);
	}
}

static void test_glibc__what_is_no_chunk(void **state)
{
	const uint64_t sizes[] = { 0x1b, 0x29, 0x10001, 0x43, UINT64_MAX };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		cleanup(glibc_walk_release) struct glibc_walk w = { 0 };
		uint64_t at, lost;

		begin(&glibcshapes[1], 0);
		lost = glibc_put_chunk(&world, GLIBC_HEAP, 0x40, true);
		at = lost + 0x60;
		put64(&world, at + 8, 1);
		for (int n = 0; n < 40; n++)
			at = glibc_put_chunk(&world, at, 0x30, true);
		put64(&world, at + 8, 0x101);
		put64(&world, lost + 8, sizes[i]);
		assert_int_equal(walk(&w, at + 0x100, at, 0x20000), GLIBC_WALK_BROKEN);
		assert_int_equal(w.at, lost);
		/* and beyond it */
		assert_true(glibc_walk_skip(&w, bytes + (w.at - MEMORY_BASE), at + 0x100 - w.at, w.at));
		assert_int_equal(w.at, lost + 0x60);
		assert_int_equal(w.skipped, 0x60);
		assert_int_equal(glibc_walk(&w, bytes + (w.at - MEMORY_BASE), at + 0x100 - w.at, w.at),
				 GLIBC_WALK_TOP);
		assert_int_equal(w.chunks, 41);
	}
}

/* Chunks in a fast bin, one of them twice a neighbour of a free one; and one in use that only looks like it. */
static void test_glibc__fast_bins(void **state)
{
	for (size_t i = 0; i < GLIBCSHAPES; i++) {
		const struct glibcshape *s = &glibcshapes[i];
		cleanup(glibc_walk_release) struct glibc_walk w = { 0 };
		struct reader r = memory_reader(&world);
		struct glibc_pages *p;
		uint64_t at = GLIBC_HEAP, a, b, c, end, sum = 0, start;

		if (!s->fast)
			continue;
		begin(s, GLIBC_HEAP);
		at = glibc_put_chunk(&world, at, 0x40, true);
		a = at;
		at = glibc_put_chunk(&world, at, 0x30, true);
		at = glibc_put_chunk(&world, at, 0x2000, false);
		b = at;
		at = glibc_put_chunk(&world, at, 0x30, true);
		end = at;
		at = glibc_put_chunk(&world, at, 0x40, true);
		c = at;
		at = glibc_put_chunk(&world, at, 0x30, true);
		at = glibc_put_chunk(&world, at, 0x30, true);
		put64(&world, at - 0x20, glibc_mix(s, at - 0x20, a)); /* in use, and looks like one */
		put64(&world, at + 8, 0x101);
		/* c -> a -> b */
		put64(&world, c + 16, glibc_mix(s, c + 16, a));
		put64(&world, a + 16, glibc_mix(s, a + 16, b));
		put64(&world, b + 16, glibc_mix(s, b + 16, 0));
		put64(&world, GLIBC_MAIN + (uint64_t)s->fast + 8, c);
		assert_int_equal(read_arenas(), 1);
		glibc_fast_begin(&w.fast, &r, &arenas[0]);
		assert_true(w.fast.on);
		assert_int_equal(w.fast.mixed, s->mixed);
		assert_int_equal(walk(&w, at + 0x100, at, 4096), GLIBC_WALK_TOP);
		glibc_fast_sort(&w.fast);
		assert_true(glibc_fast_follow(&w.fast, &r, &arenas[0], &sum));
		assert_int_equal(sum, 0x90);
		/* what lies side by side becomes one */
		glibc_walk_pages(&w);
		start = (a + 48 + 4095) / 4096 * 4096;
		assert_int_equal(w.npages, 1);
		p = w.pages;
		assert_int_equal(p->start, start);
		assert_int_equal(p->end, end / 4096 * 4096);

		/* a circle, and a list that leads elsewhere */
		put64(&world, b + 16, glibc_mix(s, b + 16, c));
		glibc_walk_release(&w);
		glibc_fast_begin(&w.fast, &r, &arenas[0]);
		walk(&w, at + 0x100, at, 4096);
		glibc_fast_sort(&w.fast);
		assert_false(glibc_fast_follow(&w.fast, &r, &arenas[0], &sum));
	}
}

static bool in_heap(const void *ctx, uint64_t address)
{
	return address >= GLIBC_HEAP && address < GLIBC_HEAP + 0x10000;
}

static uint64_t put_cache(const struct glibcshape *s, uint64_t at, uint64_t *ret_first)
{
	uint64_t next = glibc_put_chunk(&world, at, (uint64_t)s->cache, true);

	/* three of 0x40 bytes */
	for (int i = 0; i < 76 && s->cache == 0x300; i++)
		bytes[at + 16 + (uint64_t)i * 2 - MEMORY_BASE] = i == 2 ? 13 : 16;
	if (s->cache != 0x300)
		bytes[at + 16 + 2 * (uint64_t)s->count_len - MEMORY_BASE] = 3;
	put64(&world, at + 16 + (uint64_t)s->entries + 16, next + 16);
	*ret_first = next;
	for (int i = 0; i < 3; i++) {
		uint64_t block = next + 16;

		next = glibc_put_chunk(&world, next, 0x40, true);
		put64(&world, block, glibc_mix(s, block, i < 2 ? next + 16 : 0));
	}
	return next;
}

static void test_glibc__caches_of_threads(void **state)
{
	for (size_t i = 0; i < GLIBCSHAPES; i++) {
		const struct glibcshape *s = &glibcshapes[i];
		cleanup(glibc_walk_release) struct glibc_walk w = { 0 };
		struct glibc_listed sum = { .whole = true };
		struct reader r = memory_reader(&world);
		uint64_t at, first;

		begin(s, 0);
		at = put_cache(s, GLIBC_HEAP, &first);
		/* of the same size, and something else */
		at = glibc_put_chunk(&world, at, (uint64_t)s->cache, true);
		put64(&world, at + 8, 0x101);
		assert_int_equal(walk(&w, at + 0x100, at, 4096), GLIBC_WALK_TOP);
		assert_int_equal(w.ncaches, 1);
		assert_int_equal(w.caches[0], GLIBC_HEAP);
		assert_true(glibc_list_cache(&r, w.caches[0], (uint64_t)s->cache, in_heap, NULL, &sum));
		assert_int_equal(sum.bytes, 0xc0);
		assert_int_equal(sum.chunks, 3);
		assert_true(sum.whole);

		/* a list that goes on, and one that is a circle */
		put64(&world, first + 0x80 + 16, glibc_mix(s, first + 0x80 + 16, first + 16));
		sum = (struct glibc_listed){ .whole = true };
		assert_true(glibc_list_cache(&r, w.caches[0], (uint64_t)s->cache, in_heap, NULL, &sum));
		assert_int_equal(sum.chunks, 3);
		assert_false(sum.whole);
		/* lists of nothing */
		put64(&world, GLIBC_HEAP + 16 + (uint64_t)s->entries + 16, GLIBC_HEAP + 0x8000);
		assert_false(glibc_list_cache(&r, w.caches[0], (uint64_t)s->cache, in_heap, NULL, &sum));
	}
}

static void test_glibc__heaps_of_other_arenas(void **state)
{
	const uint64_t align = 64ULL << 20, at = align, other = at + 0x30;
	const struct glibcshape *s = &glibcshapes[2];
	unsigned char *memory = calloc(1, align);
	struct reader r = memory_reader(&world);
	struct glibc_heap heap;
	uint64_t found = 0;

	world = (struct memory){ memory, align, 0 };
	/* the world begins below the heap */
	glibc_put_arena(&world, s, other, GLIBC_MAIN, at + 0x20000, 0x21000);
	put64(&world, at, other);
	put64(&world, at + 16, 0x21000);
	arenas[0] = (struct glibc_arena){
		.address = other, .end = other + (uint64_t)s->size, .top = at + 0x20000, .next = GLIBC_MAIN
	};
	assert_true(glibc_last_heap(&r, &arenas[0], &found, &heap));
	assert_int_equal(found, align);
	assert_int_equal(heap.address, at);
	assert_int_equal(heap.end, at + 0x21000);
	assert_int_equal(heap.first, (other + (uint64_t)s->size + 15) / 16 * 16);
	assert_false(glibc_heap_before(&r, &arenas[0], found, &heap));
	/* of another arena; larger than it can be; in front of it nothing that is aligned */
	put64(&world, at, GLIBC_MAIN);
	found = 0;
	assert_false(glibc_last_heap(&r, &arenas[0], &found, &heap));
	put64(&world, at, other);
	put64(&world, at + 16, 2 * align);
	assert_false(glibc_last_heap(&r, &arenas[0], &found, &heap));
	put64(&world, at + 16, 0x21000);
	put64(&world, at + 8, at + 0x1000);
	assert_false(glibc_last_heap(&r, &arenas[0], &found, &heap));
	free(memory);
}

static void test_glibc__own_mappings(void **state)
{
	unsigned char header[16] = { 0 };
	const uint64_t at = 0x7f0000000000;
	uint64_t size = 0x23000 | 2, end;

	memcpy(header + 8, &size, 8);
	assert_true(glibc_is_mapped(header, at, at + 0x40000, 4096, &end));
	assert_int_equal(end, at + 0x23000);
	assert_false(glibc_is_mapped(header, at, at + 0x22000, 4096, &end));
	size = 0x22ff0 | 2; /* 2.43 */
	memcpy(header + 8, &size, 8);
	assert_true(glibc_is_mapped(header, at, at + 0x40000, 4096, &end));
	assert_int_equal(end, at + 0x23000);
	for (int bad = 0; bad < 3; bad++) {
		size = bad == 0 ? 0x23001 : bad == 1 ? 0x23802 : UINT64_MAX - 5;
		memcpy(header + 8, &size, 8);
		assert_false(glibc_is_mapped(header, at, at + 0x40000, 4096, &end));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_glibc__every_layout),
		cmocka_unit_test(test_glibc__a_ring_of_arenas),
		cmocka_unit_test(test_glibc__what_is_no_arena),
		cmocka_unit_test(test_glibc__counts),
		cmocka_unit_test(test_glibc__chunks),
		cmocka_unit_test(test_glibc__the_end_of_a_piece),
		cmocka_unit_test(test_glibc__what_is_no_chunk),
		cmocka_unit_test(test_glibc__fast_bins),
		cmocka_unit_test(test_glibc__caches_of_threads),
		cmocka_unit_test(test_glibc__heaps_of_other_arenas),
		cmocka_unit_test(test_glibc__own_mappings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
