#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "parse/cursor.h"

static struct cursor over(const char *s)
{
	return (struct cursor){ s, s + strlen(s) };
}

static void test_cursor__takes_chars_and_blanks(void **state)
{
	struct cursor c = over("a          \t b");

	assert_false(cursor_char(&c, 'b'));
	assert_false(cursor_blanks(&c));
	assert_true(cursor_char(&c, 'a'));
	assert_true(cursor_blanks(&c));
	assert_true(cursor_char(&c, 'b'));
	assert_ptr_equal(c.at, c.end);
	assert_false(cursor_char(&c, '\0'));
	assert_false(cursor_blanks(&c));
}

static void test_cursor__takes_decimals_up_to_their_limit(void **state)
{
	struct cursor c = over("18446744073709551615 x");
	uint64_t u = 7;

	assert_true(cursor_u64(&c, &u));
	assert_true(u == UINT64_MAX);
	assert_int_equal(*c.at, ' ');
	assert_false(cursor_u64(&c, &u));

	c = over("18446744073709551616");
	assert_false(cursor_u64(&c, &u));
	assert_int_equal(*c.at, '1');
	c = over("99999999999999999999999");
	assert_false(cursor_u64(&c, &u));
	c = over("-1");
	assert_false(cursor_u64(&c, &u));
	c = over("");
	assert_false(cursor_u64(&c, &u));
	assert_true(u == UINT64_MAX);
}

static void test_cursor__takes_hex(void **state)
{
	struct cursor c = over("7ffDe-");
	uint64_t v = 7;

	assert_true(cursor_hex(&c, &v));
	assert_int_equal(v, 0x7ffde);
	assert_int_equal(*c.at, '-');
	c = over("ffffffffffffffff");
	assert_true(cursor_hex(&c, &v));
	assert_true(v == UINT64_MAX);
	c = over("10000000000000000");
	assert_false(cursor_hex(&c, &v));
	c = over("g");
	assert_false(cursor_hex(&c, &v));
	c = over("");
	assert_false(cursor_hex(&c, &v));
	assert_true(v == UINT64_MAX);
}

/* Every byte in each place of a long number: taken when it is a digit, and the end when not. */
static void test_cursor__hex_stops_at_every_other_byte(void **state)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	unsigned int byte, place;
	const char *digit;

	for (place = 0; place < 10; place++) {
		for (byte = 0; byte < 256; byte++) {
			char text[] = "1f2e3d4c5b";
			struct cursor c = { text, text + 10 };
			uint64_t v = 7, wanted;
			bool taken;

			text[place] = (char)byte;
			digit = byte ? strchr(digits, (int)byte) : NULL;
			taken = cursor_hex(&c, &v);
			assert_int_equal(c.at - text, digit ? 10 : place);
			assert_int_equal(taken, digit || place > 0);
			wanted = 0x1f2e3d4c5b;
			if (digit) {
				wanted &= ~(0xfULL << 4 * (9 - place));
				wanted |= (uint64_t)((digit - digits) % 16) << 4 * (9 - place);
			} else {
				wanted = taken ? wanted >> 4 * (10 - place) : 7;
			}
			assert_true(v == wanted);
		}
	}
}

static void test_cursor__splits(void **state)
{
	struct cursor c = over("one\n\nlast");
	const char *s;
	size_t len;

	cursor_until(&c, '\n', &s, &len);
	assert_int_equal(len, 3);
	assert_memory_equal(s, "one", 3);
	cursor_until(&c, '\n', &s, &len);
	assert_int_equal(len, 0);
	cursor_until(&c, '\n', &s, &len);
	assert_int_equal(len, 4);
	assert_memory_equal(s, "last", 4);
	assert_ptr_equal(c.at, c.end);
	cursor_until(&c, '\n', &s, &len);
	assert_int_equal(len, 0);
}

/* The end is the end, whatever lies behind it. */
static void test_cursor__never_looks_past_the_end(void **state)
{
	const char text[] = "12ab        ";
	struct cursor c = { text, text + 1 };
	uint64_t v = 0;

	assert_true(cursor_u64(&c, &v));
	assert_int_equal(v, 1);
	c = (struct cursor){ text + 2, text + 3 };
	assert_true(cursor_hex(&c, &v));
	assert_int_equal(v, 0xa);
	c = (struct cursor){ text + 4, text + 9 };
	assert_true(cursor_blanks(&c));
	assert_ptr_equal(c.at, text + 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cursor__takes_chars_and_blanks),
		cmocka_unit_test(test_cursor__takes_decimals_up_to_their_limit),
		cmocka_unit_test(test_cursor__takes_hex),
		cmocka_unit_test(test_cursor__hex_stops_at_every_other_byte),
		cmocka_unit_test(test_cursor__splits),
		cmocka_unit_test(test_cursor__never_looks_past_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
