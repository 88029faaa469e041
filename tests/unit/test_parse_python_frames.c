#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "lib/pyframes.h"

static unsigned char bytes[FP_WORLD];
static struct memory memory;
static struct python_frames frames;

struct open {
	struct reader r;
	struct cpython where;
	struct python_offsets o;
};

static struct open open_world(const struct frameshape *s)
{
	struct open w;

	memset(bytes, 0, sizeof(bytes));
	w.where = fp_world(&memory, bytes, s);
	w.r = memory_reader(&memory);
	assert_true(python_offsets_of(&w.r, &w.where, &w.o));
	assert_true(python_types_read(&w.r, &w.o, FP_FRAME(0)));
	return w;
}

static bool reads(struct open *w)
{
	return python_frames_read(&w->r, &w->o, FP_FRAME(0), &frames);
}

static void assert_function(size_t i, const char *name, int line, bool entry)
{
	assert_string_equal(frames.items[i].name, name);
	assert_string_equal(frames.items[i].file, "/\xc3\xa9.py");
	assert_int_equal(frames.items[i].line, line);
	assert_int_equal(frames.items[i].entry, entry);
}

static void test_frames_of_every_version(void **state)
{
	for (size_t i = 0; i < FRAMESHAPES; i++) {
		struct open w = open_world(&frameshapes[i]);
		int more = frameshapes[i].entry < 0 ? 10 : 0; /* a call from C in between */
		struct python_thread threads[PYTHON_THREADS];

		print_message("# %s\n", frameshapes[i].name);
		assert_int_equal(python_threads_read(&w.r, &w.o, threads), 1);
		assert_int_equal(threads[0].frame, FP_FRAME(0));
		assert_true(python_frames_read(&w.r, &w.o, threads[0].frame, &frames));
		assert_int_equal(frames.n, 3);
		assert_function(0, "b", 10, true);
		assert_function(1, "K.\xc3\xa4\xe2\x82\xac", 20 + more, false);
		assert_function(2, "<module>", 30 + more, true);
	}
}

static void test_versions_that_are_not_known(void **state)
{
	struct open w = open_world(&frameshapes[2]);

	w.where.version = 0x030d01f0; /* not what it says itself */
	assert_false(python_offsets_of(&w.r, &w.where, &w.o));
	w.where.version = 0x030a00f0;
	assert_false(python_offsets_of(&w.r, &w.where, &w.o));
	w.where.version = 0x030d00f0;
	put64(&memory, FP_RUNTIME + 16, 1); /* free-threaded */
	assert_false(python_offsets_of(&w.r, &w.where, &w.o));
	put64(&memory, FP_RUNTIME + 16, 0);
	put64(&memory, FP_RUNTIME + 8 * 31, 1ULL << 40);
	assert_false(python_offsets_of(&w.r, &w.where, &w.o));
	w = open_world(&frameshapes[0]);
	w.where.debug = true;
	assert_false(python_offsets_of(&w.r, &w.where, &w.o));
}

/* One wrong thing each, and there are no frames at all. */
static void test_what_fails_a_check_is_not_read(void **state)
{
	const struct frameshape *s = &frameshapes[0];
	const struct {
		uint64_t at, value;
	} wrong[] = {
		{ FP_FRAME(0) + 32, FP_TEXT(0) }, /* its code is a string */
		{ FP_FRAME(0) + 32, 0 },
		{ FP_FRAME(0) + 56, FP_CODE(0) }, /* not in its code */
		{ FP_FRAME(0) + 56, FP_CODE(0) + 184 + 20 },
		{ FP_FRAME(0) + 64, 9ULL << 40 },  /* nobody's */
		{ FP_FRAME(0) + 64, 2ULL << 32 },  /* a flag that is 2 */
		{ FP_FRAME(0) + 48, FP_FRAME(0) }, /* a ring */
		{ FP_FRAME(1) + 48, FP_FRAME(0) },
		{ FP_FRAME(0) + 48, FP_FRAME(1) + 4 },
		{ FP_FRAME(0) + 48, MEMORY_BASE + FP_WORLD },
		{ FP_CODE(1) + 16, 0 },
		{ FP_CODE(1) + 72, UINT32_MAX },
		{ FP_CODE(1) + 112, 0 },
		{ FP_CODE(1) + 128, FP_CODE(1) },
		{ FP_TEXT(0) + 16, 0 },
		{ FP_TEXT(0) + 16, UINT64_MAX },
		{ FP_TEXT(0) + 32, 1 << 2 },          /* not compact */
		{ FP_TEXT(0) + 32, 3 << 2 | 1 << 5 }, /* three bytes a character */
		{ FP_TEXT(0) + 48, 0x80 },            /* not ASCII, as it says */
		{ FP_TEXT(0) + 48, 0 },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct open w = open_world(s);

		assert_true(reads(&w));
		put64(&memory, wrong[i].at, wrong[i].value);
		if (reads(&w))
			fail_msg("case %zu was read", i);
	}
}

static void test_names_are_bounded(void **state)
{
	struct open w = open_world(&frameshapes[1]);

	put64(&memory, FP_TEXT(0) + 16, 100000);
	memset(bytes + (FP_TEXT(0) + 40 - MEMORY_BASE), 'x', PYTHON_TEXT);
	put64(&memory, FP_FRAME(0) + 8, 0);
	assert_true(reads(&w));
	assert_int_equal(frames.n, 1);
	assert_int_equal(strlen(frames.items[0].name), PYTHON_TEXT);
}

/* A byte of a file name that is no UTF-8, and what is no character. */
static void test_characters_that_are_none(void **state)
{
	static const uint16_t units[] = { 0xdcff, 0xd800, 'x' };
	struct open w = open_world(&frameshapes[3]);

	fp_text(&memory, &frameshapes[3], FP_TEXT(0), 2, units, 3);
	assert_true(reads(&w));
	assert_string_equal(frames.items[0].name, "\xff\xef\xbf\xbdx");
}

/* A chain without an end: the innermost of it. */
static void test_a_deep_recursion(void **state)
{
	static unsigned char deep[FP_WORLD + 0x80 * (PYTHON_FRAMES + 8)];
	const struct frameshape *s = &frameshapes[0];
	struct open w = open_world(s);
	uint64_t from = FP_FRAME(0);

	memcpy(deep, bytes, sizeof(bytes));
	memory.bytes = deep;
	memory.size = sizeof(deep);
	for (int i = 0; i < PYTHON_FRAMES + 8; i++) {
		uint64_t at = MEMORY_BASE + FP_WORLD + 0x80 * (uint64_t)i;

		memcpy(deep + (at - MEMORY_BASE), deep + (FP_FRAME(0) - MEMORY_BASE), 0x80);
		put64(&memory, from + 48, at);
		from = at;
	}
	assert_true(reads(&w));
	assert_int_equal(frames.n, PYTHON_FRAMES);
}

static void test_threads_that_are_none(void **state)
{
	struct open w = open_world(&frameshapes[2]);
	struct python_thread threads[PYTHON_THREADS];

	put64(&memory, FP_THREAD + 8, FP_THREAD); /* a ring: it ends */
	assert_int_equal(python_threads_read(&w.r, &w.o, threads), PYTHON_THREADS);
	put64(&memory, FP_THREAD + 72, 0); /* in no function */
	assert_int_equal(python_threads_read(&w.r, &w.o, threads), 0);
	put64(&memory, FP_THREAD + 16, FP_THREAD); /* another interpreter's */
	assert_int_equal(python_threads_read(&w.r, &w.o, threads), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames_of_every_version),
		cmocka_unit_test(test_versions_that_are_not_known),
		cmocka_unit_test(test_what_fails_a_check_is_not_read),
		cmocka_unit_test(test_names_are_bounded),
		cmocka_unit_test(test_characters_that_are_none),
		cmocka_unit_test(test_a_deep_recursion),
		cmocka_unit_test(test_threads_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
