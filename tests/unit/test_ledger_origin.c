/* Frames of inherited pages: what is kept of them between walks, and what it takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <malloc.h>
#include <string.h>
#include "ledger/block.h"

#define MANY 64

/* An origin of pages with these frames, all inherited but where there is none; closed. */
static struct origin *origin_with(const uint64_t frames[BLOCK_PAGES])
{
	uint64_t entries[BLOCK_PAGES];
	uint8_t states[BLOCK_PAGES];
	struct open_origins open = { 0 };
	struct origin *o;

	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		entries[i] = frames[i] ? PM_PRESENT | frames[i] : 0;
		states[i] = frames[i] ? PAGE_SHARED : PAGE_ABSENT;
	}
	o = origin_intern(NULL, 0, states, entries, &open);
	origins_close(&open);
	return o;
}

static void assert_kept(const uint64_t frames[BLOCK_PAGES])
{
	struct open_origins open = { 0 };
	struct origin *o = origin_with(frames);

	for (int walk = 0; walk < 2; walk++) {
		origin_open(o, &open);
		for (size_t i = 0; i < BLOCK_PAGES; i++)
			assert_true(origin_frame(o, i) == frames[i]);
		origins_close(&open);
	}
	origin_unref(o);
}

static uint64_t next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return *seed >> 33;
}

/* Rows up, down and of one frame, holes, and none of it. */
static void test_origin__frames_come_back(void **state)
{
	uint64_t frames[BLOCK_PAGES], seed = 1;

	for (size_t i = 0; i < BLOCK_PAGES; i++)
		frames[i] = 1000 + i;
	assert_kept(frames);
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		frames[i] = BLOCK_PAGES - i; /* down to 1 */
	assert_kept(frames);
	frames[BLOCK_PAGES - 1] = 0; /* 2, and a hole: not a row */
	assert_kept(frames);
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		frames[i] = (1ULL << 52) - 1 - 3 * i;
	assert_kept(frames);
	for (int turn = 0; turn < 1000; turn++) {
		for (size_t i = 0; i < BLOCK_PAGES;) {
			uint64_t frame = next(&seed) % 3 ? 1000 + next(&seed) % 4096 : 0,
				 step = next(&seed) % 4 - 2;
			size_t end = i + 1 + next(&seed) % 40;

			for (; i < end && i < BLOCK_PAGES; i++, frame += frame ? step : 0)
				frames[i] = frame;
		}
		if (frames[0])
			assert_kept(frames);
	}
}

static void test_origin__none_without_inherited_pages(void **state)
{
	static const uint64_t frames[BLOCK_PAGES];

	assert_null(origin_with(frames));
}

/* What changes while it is open is kept, too, and whoever has it has the same. */
static void test_origin__changes_are_kept(void **state)
{
	uint64_t frames[BLOCK_PAGES] = { 7, 8, 9 }, more[BLOCK_PAGES] = { [4] = 11 };
	struct open_origins open = { 0 };
	struct origin *o = origin_with(frames), *from = origin_with(more), *other = origin_ref(o);

	origin_open(o, &open);
	origin_open(from, &open);
	origin_carry_over(o, from);
	origin_unref(o);
	origins_close(&open);
	origin_open(other, &open);
	assert_true(origin_frame(other, 2) == 9);
	assert_true(origin_frame(other, 3) == 0);
	assert_true(origin_frame(other, 4) == 11);
	origins_close(&open);
	origin_unref(other);
	origin_unref(from);
}

/* Frames in rows of a dozen, every other one downwards, take less than a byte a page. */
static void test_origin__rows_take_little(void **state)
{
	uint64_t frames[BLOCK_PAGES];
	struct origin *many[MANY];
	size_t before, after;

	for (size_t i = 0; i < BLOCK_PAGES; i++)
		frames[i] = 1000 * (1 + i / 12) + (i / 12 % 2 ? 12 - i % 12 : i % 12);
	before = mallinfo2().uordblks;
	for (size_t k = 0; k < MANY; k++)
		many[k] = origin_with(frames);
	after = mallinfo2().uordblks;
	assert_true(after - before < (size_t)MANY * BLOCK_PAGES);
	for (size_t k = 0; k < MANY; k++)
		origin_unref(many[k]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_origin__frames_come_back),
		cmocka_unit_test(test_origin__none_without_inherited_pages),
		cmocka_unit_test(test_origin__changes_are_kept),
		cmocka_unit_test(test_origin__rows_take_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
