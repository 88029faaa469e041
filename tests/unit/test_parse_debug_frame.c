#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "parse/debug_frame.h"
#include "parse/eh_frame.h"
#include "parse/eh_frame_index.h"

/* As gcc writes it with -g -fno-asynchronous-unwind-tables: a CIE, and two functions of it. */
#define CIE_SIZE 24
#define FDE_SIZE 32
#define SIZE (CIE_SIZE + 2 * FDE_SIZE)
#define CODE UINT64_C(0x1139)
#define AT UINT64_C(0x5000)

static uint8_t section[SIZE];

static void put32(size_t at, uint32_t v)
{
	memcpy(section + at, &v, sizeof(v));
}

static void put64(size_t at, uint64_t v)
{
	memcpy(section + at, &v, sizeof(v));
}

static void put_fde(size_t at, uint64_t start, uint64_t size)
{
	static const uint8_t instructions[] = { 0x41, 0x0e, 0x10, 0x86, 0x02, 0x43, 0x0d, 0x06 };

	put32(at, FDE_SIZE - 4);
	put32(at + 4, 0);
	put64(at + 8, start);
	put64(at + 16, size);
	memcpy(section + at + 24, instructions, sizeof(instructions));
}

/* Version 4 has two numbers more, and no-ops fewer. */
static void put_cie(uint8_t version)
{
	static const uint8_t rest[] = { 1, 0x78, 0x10, 0x0c, 7, 8, 0x90, 1 };
	size_t at = 4;

	memset(section, 0, sizeof(section));
	put32(0, CIE_SIZE - 4);
	put32(4, UINT32_MAX);
	section[4 + at] = version;
	at += 4 + 2; /* behind the version and the empty augmentation */
	if (version == 4)
		section[at++] = 8, section[at++] = 0;
	memcpy(section + at, rest, sizeof(rest));
	put_fde(CIE_SIZE, CODE, 0x20);
	put_fde(CIE_SIZE + FDE_SIZE, CODE + 0x20, 0x100);
}

/* Only what is in the range; the caller frees it. */
static uint8_t *convert(struct eh_frame *ret, uint8_t **ret_frames)
{
	size_t size;

	*ret_frames = debug_frame_convert(section, SIZE, AT, &size);
	return *ret_frames ? eh_frame_index(*ret_frames, size, AT, ret) : NULL;
}

static void test_functions_are_found(void **state)
{
	for (uint8_t version = 1; version <= 4; version += version == 1 ? 2 : 1) {
		struct eh_function f;
		struct eh_frame e;
		uint8_t *frames, *bytes;

		put_cie(version);
		bytes = convert(&e, &frames);
		assert_non_null(bytes);
		assert_int_equal(e.rows, 2);
		assert_false(eh_frame_find(&e, CODE - 1, &f));
		assert_true(eh_frame_find(&e, CODE, &f));
		assert_int_equal(f.start, CODE);
		assert_int_equal(f.end, CODE + 0x20);
		assert_true(eh_frame_find(&e, CODE + 0x11f, &f));
		assert_int_equal(f.start, CODE + 0x20);
		assert_false(eh_frame_find(&e, CODE + 0x120, &f));
		free(bytes);
		free(frames);
	}
}

/* The instructions are copied, byte for byte. */
static void test_instructions_stay(void **state)
{
	size_t size;
	uint8_t *frames;

	put_cie(4);
	frames = debug_frame_convert(section, SIZE, AT, &size);
	assert_non_null(frames);
	assert_non_null(memmem(frames, size, section + SIZE - 8, 8));
	assert_non_null(memmem(frames, size,
			       (uint8_t[]){ 'z', 'R', 0, 1, 0x78, 0x10, 1, 0x1c, 0x0c, 7, 8, 0x90, 1 }, 13));
	free(frames);
}

static void test_other_forms_are_refused(void **state)
{
	struct eh_frame e;
	uint8_t *frames;

	put_cie(4);
	section[10] = 4; /* addresses of 32 bits */
	assert_null(convert(&e, &frames));
	put_cie(5);
	assert_null(convert(&e, &frames));
	put_cie(3);
	section[9] = 'z'; /* an augmentation */
	assert_null(convert(&e, &frames));
	put_cie(3);
	put32(0, UINT32_MAX); /* 64-bit DWARF */
	assert_null(convert(&e, &frames));
	put_cie(3);
	put32(CIE_SIZE + 4, 8); /* no CIE is there */
	put32(CIE_SIZE + FDE_SIZE + 4, CIE_SIZE);
	assert_null(convert(&e, &frames));
	free(frames);
}

/* Cut anywhere it is what is whole. */
static void test_cut_short(void **state)
{
	put_cie(3);
	for (size_t len = 0; len <= SIZE; len++) {
		uint8_t *copy = malloc(len ? len : 1), *frames, *bytes = NULL;
		struct eh_frame e;
		size_t size;

		memcpy(copy, section, len);
		frames = debug_frame_convert(copy, len, AT, &size);
		if (frames)
			bytes = eh_frame_index(frames, size, AT, &e);
		assert_int_equal(bytes ? e.rows : 0, len < CIE_SIZE + FDE_SIZE ? 0 : len < SIZE ? 1 : 2);
		free(bytes);
		free(frames);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_functions_are_found),
		cmocka_unit_test(test_instructions_stay),
		cmocka_unit_test(test_other_forms_are_refused),
		cmocka_unit_test(test_cut_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
