#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "parse/calls.h"
#include "parse/eh_frame.h"
#include "parse/eh_frame_index.h"
#include "parse/trampoline.h"

/* Two functions: [0x400, 0x440) and [0x500, 0x520), counted from the header at 0. */
#define ADDRESS 0x10000ULL
#define AT(offset) (ADDRESS + (offset))
#define ROWS 12
#define CIE 32
#define FIRST 56
#define SECOND 80
#define SIZE 104

static uint8_t bytes[SIZE];

static void put32(size_t at, int32_t value)
{
	memcpy(bytes + at, &value, sizeof(value));
}

static void put_fde(size_t at, int row, int32_t start, int32_t len)
{
	put32(ROWS + 8 * (size_t)row, start);
	put32(ROWS + 8 * (size_t)row + 4, (int32_t)at);
	put32(at, 20);
	put32(at + 4, (int32_t)at + 4 - CIE);
	put32(at + 8, start - (int32_t)(at + 8));
	put32(at + 12, len);
}

static int begin(void **state)
{
	static const uint8_t header[] = { 1, 0x1b, 0x03, 0x3b, CIE - 4, 0, 0, 0, 2, 0, 0, 0 };
	static const uint8_t cie[] = { 20, 0, 0, 0, 0, 0, 0, 0, 1, 'z', 'R', 0, 1, 0x78, 16, 1, 0x1b };

	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, header, sizeof(header));
	memcpy(bytes + CIE, cie, sizeof(cie));
	put_fde(FIRST, 0, 0x400, 0x40);
	put_fde(SECOND, 1, 0x500, 0x20);
	return 0;
}

static bool open_it(struct eh_frame *ret)
{
	return eh_frame_open(bytes, sizeof(bytes), ADDRESS, ADDRESS, ret);
}

static void test_a_function_is_found_from_its_first_byte_to_its_last(void **state)
{
	struct eh_function f;
	struct eh_frame e;

	assert_true(open_it(&e));
	assert_int_equal(e.rows, 2);
	assert_false(eh_frame_find(&e, AT(0x3ff), &f));
	assert_true(eh_frame_find(&e, AT(0x400), &f));
	assert_int_equal(f.start, AT(0x400));
	assert_int_equal(f.end, AT(0x440));
	assert_int_equal(f.row, AT(ROWS));
	assert_false(f.signal);
	assert_true(eh_frame_find(&e, AT(0x43f), &f));
	assert_false(eh_frame_find(&e, AT(0x440), &f)); /* no function's: not the nearest one's */
	assert_true(eh_frame_find(&e, AT(0x51f), &f));
	assert_int_equal(f.start, AT(0x500));
	assert_false(eh_frame_find(&e, AT(0x520), &f));
	assert_true(eh_frame_starts(&e, AT(0x500)));
	assert_false(eh_frame_starts(&e, AT(0x501)));
}

static void test_a_signal_frame_is_told(void **state)
{
	struct eh_function f;
	struct eh_frame e;

	memcpy(bytes + CIE + 9, "zRS\0\x01\x78\x10\x01\x1b", 9);
	assert_true(open_it(&e));
	assert_true(eh_frame_find(&e, AT(0x400), &f));
	assert_true(f.signal);
}

static void test_a_personality_is_passed_over(void **state)
{
	struct eh_function f;
	struct eh_frame e;

	memcpy(bytes + CIE + 9, "zPR\0\x01\x78\x10\x06\x9b\x11\x22\x33\x44\x1b", 14);
	assert_true(open_it(&e));
	assert_true(eh_frame_find(&e, AT(0x410), &f));
	assert_int_equal(f.end, AT(0x440));
}

static void test_other_tables_are_refused(void **state)
{
	struct eh_frame e;

	bytes[0] = 2; /* version */
	assert_false(open_it(&e));
	begin(NULL);
	bytes[3] = 0x1b; /* not relative to the header */
	assert_false(open_it(&e));
	begin(NULL);
	put32(8, 1000000); /* more rows than there is room for */
	assert_false(open_it(&e));
	begin(NULL);
	put_fde(FIRST, 0, 0x600, 0x40); /* rows out of order: a search would miss this one */
	assert_false(open_it(&e));
	begin(NULL);
	assert_false(eh_frame_open(bytes, 10, ADDRESS, ADDRESS, &e));
	assert_false(eh_frame_open(bytes, sizeof(bytes), ADDRESS, AT(SIZE), &e));
}

static void test_a_description_that_does_not_fit_is_no_function(void **state)
{
	struct eh_function f;
	struct eh_frame e;

	put32(ROWS + 4, SIZE - 4); /* behind the end */
	assert_true(open_it(&e));
	assert_false(eh_frame_find(&e, AT(0x400), &f));
	begin(NULL);
	put32(FIRST + 4, 4); /* its CIE is none */
	assert_false(eh_frame_find(&e, AT(0x400), &f));
	begin(NULL);
	put32(FIRST + 8, 0x300); /* another function than the row says */
	assert_false(eh_frame_find(&e, AT(0x400), &f));
	begin(NULL);
	bytes[CIE + 16] = 0x9b; /* a pointer to a pointer */
	assert_false(eh_frame_find(&e, AT(0x400), &f));
}

/* Without the header, and with the empty entry behind them that linkers write. */
static void test_a_table_is_made_where_there_is_none(void **state)
{
	uint8_t frames[SIZE - CIE + 8] = { 0 };
	struct eh_function f;
	struct eh_frame e;
	uint8_t *made;

	memcpy(frames, bytes + CIE, SIZE - CIE);
	made = eh_frame_index(frames, sizeof(frames), AT(CIE), &e);
	assert_non_null(made);
	assert_int_equal(e.rows, 2);
	assert_true(eh_frame_find(&e, AT(0x43f), &f));
	assert_int_equal(f.start, AT(0x400));
	assert_false(eh_frame_find(&e, AT(0x440), &f));
	assert_true(eh_frame_find(&e, AT(0x500), &f));
	assert_true(f.row >= AT(CIE) + sizeof(frames));
	free(made);

	made = eh_frame_index(frames, SIZE - CIE, AT(CIE), &e); /* without the empty entry */
	assert_non_null(made);
	assert_int_equal(e.rows, 2);
	free(made);
	assert_null(eh_frame_index(frames + SIZE - CIE, 8, AT(SIZE), &e)); /* no function */
	assert_null(eh_frame_index(frames, sizeof(frames), 1ULL << 40 | 1ULL << 63, &e));
}

/* Linkers leave empty entries where they throw functions away, and where tables of several objects meet. */
static void test_empty_entries_are_stepped_over(void **state)
{
	uint8_t frames[SIZE - CIE + 8] = { 0 };
	struct eh_function f;
	struct eh_frame e;
	uint8_t *made;

	/* [0x400, 0x440), of no length at 0x410 */
	put_fde(SECOND, 1, 0x410, 0);
	assert_true(open_it(&e));
	assert_true(eh_frame_find(&e, AT(0x410), &f));
	assert_int_equal(f.start, AT(0x400));
	assert_true(eh_frame_find(&e, AT(0x43f), &f));
	assert_int_equal(f.row, AT(ROWS));
	assert_false(eh_frame_find(&e, AT(0x440), &f));
	/* ... and at its beginning */
	put_fde(SECOND, 1, 0x400, 0);
	assert_true(open_it(&e));
	assert_true(eh_frame_find(&e, AT(0x400), &f));
	assert_int_equal(f.end, AT(0x440));
	/* all of them */
	put_fde(FIRST, 0, 0x400, 0);
	assert_true(open_it(&e));
	assert_false(eh_frame_find(&e, AT(0x400), &f));

	begin(state);
	put32(FIRST, 0);
	memset(bytes + FIRST + 4, 0, 20);
	memcpy(frames, bytes + CIE, SIZE - CIE);
	made = eh_frame_index(frames, sizeof(frames), AT(CIE), &e);
	assert_non_null(made);
	assert_int_equal(e.rows, 1);
	assert_true(eh_frame_find(&e, AT(0x500), &f));
	free(made);
}

/* gold and mold put .eh_frame in front. */
static void test_the_table_may_be_behind_what_it_leads_to(void **state)
{
	uint8_t other[SIZE];
	struct eh_function f;
	struct eh_frame e;

	assert_true(open_it(&e));
	assert_int_equal(e.frames, AT(CIE));
	assert_true(eh_frame_leads(&e));
	/* the entries first, then the header and its rows */
	memcpy(other, bytes + CIE, SIZE - CIE);
	memcpy(other + SIZE - CIE, bytes, CIE);
	for (size_t row = 0; row < 2; row++) {
		int32_t words[2];

		memcpy(words, bytes + ROWS + 8 * row, sizeof(words));
		words[0] -= SIZE;
		words[1] -= SIZE;
		memcpy(other + SIZE - CIE + ROWS + 8 * row, words, sizeof(words));
	}
	assert_true(eh_frame_open(other, sizeof(other), AT(CIE), AT(SIZE), &e));
	assert_true(eh_frame_leads(&e));
	assert_true(eh_frame_open(other + SIZE - CIE, CIE, AT(SIZE), AT(SIZE), &e));
	assert_false(eh_frame_leads(&e));
	assert_false(eh_frame_find(&e, AT(0x400), &f));
}

static void test_calls_lead_to_starts_of_functions(void **state)
{
	uint8_t code[32] = { 0 };
	int32_t near = 0x400 - (0x500 + 5), off = 0x401 - (0x500 + 15), jump = 0x400 - (0x500 + 20);
	struct eh_frame e;
	uint64_t found[4];

	assert_true(open_it(&e));
	code[0] = 0xe8;
	memcpy(code + 1, &near, 4);
	code[10] = 0xe8; /* into the middle */
	memcpy(code + 11, &off, 4);
	code[15] = 0xe9; /* the same one again */
	memcpy(code + 16, &jump, 4);
	assert_int_equal(calls_find(&isa_x86, code, sizeof(code), AT(0x500), &e, found, 4), 1);
	assert_int_equal(found[0], AT(0x400));
	assert_int_equal(calls_find(&isa_x86, code, 4, AT(0x500), &e, found, 4), 0);
}

static void test_a_trampoline_gets_a_table_of_its_own(void **state)
{
	static const uint8_t code[] = { 0xc3, 0x48, 0x83, 0xec, 0x08, 0xff, 0xd1, 0x48, 0x83, 0xc4,
					0x08, 0xc3, 0x55, 0x48, 0x89, 0xe5, 0xff, 0xd1, 0x5d, 0xc3 };
	uint8_t table[TRAMPOLINE_TABLE];
	struct eh_frame e = { table, sizeof(table), ADDRESS, ADDRESS, ADDRESS, 1, 0 };
	struct eh_function f;
	const struct isa_shape *s;
	size_t start;

	assert_null(trampoline_find(&isa_x86, code, sizeof(code), 0, &start));
	assert_non_null(s = trampoline_find(&isa_x86, code, sizeof(code), 7, &start));
	assert_int_equal(start, 1);
	assert_int_equal(s->len, 11);
	assert_non_null(s = trampoline_find(&isa_x86, code, sizeof(code), 11, &start));
	assert_int_equal(start, 1);
	assert_null(trampoline_find(&isa_x86, code, 11, 7, &start));

	trampoline_table(&isa_x86, s, AT(3), table);
	assert_true(eh_frame_find(&e, AT(3), &f));
	assert_int_equal(f.start, AT(3));
	assert_int_equal(f.end, AT(14));

	assert_non_null(s = trampoline_find(&isa_x86, code, sizeof(code), 18, &start));
	assert_int_equal(start, 12);
	assert_int_equal(s->len, 8);
	assert_false(s->dtors);
	trampoline_table(&isa_x86, s, AT(0), table);
	assert_true(eh_frame_find(&e, AT(7), &f));
	assert_int_equal(f.end, AT(8));
}

/* As gcc's crtbeginS.o has it, in the middle of the function; the distances are any. */
static void test_the_end_of_an_object_gets_a_table(void **state)
{
	static const uint8_t code[] = { 0x74, 0x0c, 0xe8, 1, 2, 3, 4, 0xe8, 5,    6,    7,
					8,    0xc6, 0x05, 9, 9, 9, 9, 0x01, 0x5d, 0xc3, 0x0f };
	enum { FIRST_CALL = 2, OTHER_CALL = 7, STORES = 12, POPS = 19, RETURNS = 20 };
	uint8_t table[TRAMPOLINE_TABLE], other[sizeof(code)];
	struct eh_frame e = { table, sizeof(table), ADDRESS, ADDRESS, ADDRESS, 1, 0 };
	static const size_t places[] = { FIRST_CALL, FIRST_CALL + 4, OTHER_CALL + 4, STORES, POPS, RETURNS };
	struct eh_function f;
	const struct isa_shape *s;
	size_t start;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		assert_non_null(s = trampoline_find(&isa_x86, code, sizeof(code), places[i], &start));
		assert_int_equal(start, FIRST_CALL);
		assert_int_equal(start + s->len, RETURNS + 1);
		assert_true(s->dtors);
	}
	assert_null(trampoline_find(&isa_x86, code, sizeof(code), RETURNS + 1, &start));
	assert_null(trampoline_find(&isa_x86, code, RETURNS, STORES, &start));
	trampoline_table(&isa_x86, s, AT(5), table);
	assert_true(eh_frame_find(&e, AT(5 + 18), &f));
	assert_int_equal(f.start, AT(5));
	assert_int_equal(f.end, AT(5 + 19));

	memcpy(other, code, sizeof(code));
	other[FIRST_CALL] = 0x90; /* a program at a fixed address has one call only */
	assert_non_null(s = trampoline_find(&isa_x86, other, sizeof(other), STORES, &start));
	assert_int_equal(start, OTHER_CALL);
	assert_true(s->dtors);
	other[STORES + 6] = 2;
	assert_null(trampoline_find(&isa_x86, other, sizeof(other), STORES, &start));
}

/* The same two on arm64: how many of its instructions the table covers, and what it begins with. */
static void test_tables_for_arm64(void **state)
{
	static const uint32_t code[] = { 0xd503201f, 0xa9bf7bfd, 0x910003fd, 0xd63f0060, 0xa8c17bfd,
					 0xd65f03c0, 0xb4000080, 0x97ffff2d, 0x97ffffd8, 0x52800020,
					 0x39066260, 0xf9400bf3, 0xa8c27bfd, 0xd65f03c0 };
	const uint8_t *all = (const uint8_t *)code;
	uint8_t table[TRAMPOLINE_TABLE];
	struct eh_frame e = { table, sizeof(table), ADDRESS, ADDRESS, ADDRESS, 1, 0 };
	const struct isa_shape *s;
	struct eh_function f;
	size_t start;

	assert_null(trampoline_find(&isa_arm64, all, sizeof(code), 0, &start));
	s = trampoline_find(&isa_arm64, all, sizeof(code), 15, &start); /* behind the call, less one */
	assert_non_null(s);
	assert_int_equal(start, 4);
	assert_int_equal(s->len, 20);
	assert_false(s->dtors);
	trampoline_table(&isa_arm64, s, AT(4), table);
	assert_true(eh_frame_find(&e, AT(4 + 19), &f));
	assert_int_equal(f.start, AT(4));
	assert_int_equal(f.end, AT(4 + 20));

	s = trampoline_find(&isa_arm64, all, sizeof(code), 40, &start);
	assert_non_null(s);
	assert_int_equal(start, 28);
	assert_int_equal(s->len, 28);
	assert_true(s->dtors);
	s = trampoline_find(&isa_arm64, all + 32, sizeof(code) - 32, 8, &start); /* one call only */
	assert_non_null(s);
	assert_int_equal(start, 0);
	assert_int_equal(s->len, 24);
	assert_null(trampoline_find(&isa_arm64, all, sizeof(code) - 4, 40, &start));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_function_is_found_from_its_first_byte_to_its_last, begin),
		cmocka_unit_test_setup(test_a_signal_frame_is_told, begin),
		cmocka_unit_test_setup(test_a_personality_is_passed_over, begin),
		cmocka_unit_test_setup(test_other_tables_are_refused, begin),
		cmocka_unit_test_setup(test_a_description_that_does_not_fit_is_no_function, begin),
		cmocka_unit_test_setup(test_a_table_is_made_where_there_is_none, begin),
		cmocka_unit_test_setup(test_empty_entries_are_stepped_over, begin),
		cmocka_unit_test_setup(test_the_table_may_be_behind_what_it_leads_to, begin),
		cmocka_unit_test_setup(test_calls_lead_to_starts_of_functions, begin),
		cmocka_unit_test(test_a_trampoline_gets_a_table_of_its_own),
		cmocka_unit_test(test_the_end_of_an_object_gets_a_table),
		cmocka_unit_test(test_tables_for_arm64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
