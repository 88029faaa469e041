#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/text.h"
#include "base/utf8.h"

#define BYTES(literal) literal, sizeof(literal) - 1

static void assert_cleaned(const char *bytes, size_t len, const char *wanted)
{
	cleanup(buf_release) struct buf out = { 0 };

	text_clean(&out, bytes, len);
	assert_int_equal(out.len, strlen(wanted));
	assert_string_equal(out.data ? out.data : "", wanted);
}

static void test_text__keeps_what_is_clean(void **state)
{
	assert_cleaned(BYTES(""), "");
	assert_cleaned(BYTES("gunicorn: worker [app]"), "gunicorn: worker [app]");
	assert_cleaned(BYTES("C:\\x1b\\n"), "C:\\x1b\\n");
	assert_cleaned(BYTES("na\xc3\xafve \xe6\xb1\x89\xe5\xad\x97 \xf0\x9f\x90\x84"),
		       "na\xc3\xafve \xe6\xb1\x89\xe5\xad\x97 \xf0\x9f\x90\x84");
	assert_cleaned(BYTES("e\xcc\x81"), "e\xcc\x81");
}

static void test_text__escapes_controls(void **state)
{
	assert_cleaned(BYTES("a\nb\tc\rd"), "a\\nb\\tc\\rd");
	assert_cleaned(BYTES("\x1b[31mred\x07"), "\\x1b[31mred\\x07");
	assert_cleaned(BYTES("a\0b\x7f"), "a\\x00b\\x7f");
	assert_cleaned(BYTES("\xc2\x9b"
			     "2J"),
		       "\\xc2\\x9b2J");
}

static void test_text__escapes_invisible_and_bidirectional(void **state)
{
	assert_cleaned(BYTES("\xe2\x80\xae"
			     "txt.exe"),
		       "\\xe2\\x80\\xaetxt.exe");
	assert_cleaned(BYTES("\xe2\x81\xa6"), "\\xe2\\x81\\xa6");
	assert_cleaned(BYTES("\xe2\x80\x8b"), "\\xe2\\x80\\x8b");
	assert_cleaned(BYTES("\xef\xbb\xbf"), "\\xef\\xbb\\xbf");
	assert_cleaned(BYTES("\xe2\x80\xa8"), "\\xe2\\x80\\xa8");
	assert_cleaned(BYTES("\xf3\xa0\x81\x81"), "\\xf3\\xa0\\x81\\x81");
	assert_cleaned(BYTES("\xd8\x9c"), "\\xd8\\x9c");
	assert_cleaned(BYTES("\xf0\x93\x90\xb0"), "\\xf0\\x93\\x90\\xb0");
}

static void test_text__escapes_non_characters(void **state)
{
	assert_cleaned(BYTES("\xef\xbf\xbe"), "\\xef\\xbf\\xbe");
	assert_cleaned(BYTES("\xef\xb7\x90"), "\\xef\\xb7\\x90");
	assert_cleaned(BYTES("\xf4\x8f\xbf\xbf"), "\\xf4\\x8f\\xbf\\xbf");
	assert_cleaned(BYTES("\xef\xbf\xbd"), "\xef\xbf\xbd");
}

static void test_text__escapes_each_byte_of_broken_utf8(void **state)
{
	assert_cleaned(BYTES("\xff\xfe"), "\\xff\\xfe");
	assert_cleaned(BYTES("a\x80z"), "a\\x80z");
	assert_cleaned(BYTES("\xc0\xaf"), "\\xc0\\xaf");
	assert_cleaned(BYTES("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");
	assert_cleaned(BYTES("\xed\xa0\x80"), "\\xed\\xa0\\x80");
	assert_cleaned(BYTES("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
	assert_cleaned(BYTES("\xe6\xb1"), "\\xe6\\xb1");
	assert_cleaned(BYTES("\xe6\xb1"
			     "ABC"),
		       "\\xe6\\xb1"
		       "ABC");
	assert_cleaned(BYTES("\xf0\x9f\x90\xc3\xa9"), "\\xf0\\x9f\\x90\xc3\xa9");
}

static void test_text__never_cuts_a_character(void **state)
{
	cleanup(buf_release) struct buf out = { .limit = 4 };

	text_clean(&out, BYTES("ab\xe6\xb1\x89z"));
	assert_string_equal(out.data, "ab");
	assert_true(out.cut);

	buf_reset(&out);
	text_clean(&out, BYTES("a\x1b"));
	assert_string_equal(out.data, "a");
	assert_true(out.cut);

	buf_reset(&out);
	text_clean(&out, BYTES("\x1b"));
	assert_string_equal(out.data, "\\x1b");
	assert_false(out.cut);
}

static void test_text__counts_columns(void **state)
{
	assert_int_equal(text_width(BYTES("")), 0);
	assert_int_equal(text_width(BYTES("worker 1")), 8);
	assert_int_equal(text_width(BYTES("na\xc3\xafve")), 5);
	assert_int_equal(text_width(BYTES("e\xcc\x81t\xc3\xa9")), 3);
	assert_int_equal(text_width(BYTES("\xe6\xb1\x89\xe5\xad\x97")), 4);
	assert_int_equal(text_width(BYTES("\xed\x95\x9c")), 2);
	assert_int_equal(text_width(BYTES("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab")), 2);
	assert_int_equal(text_width(BYTES("\xef\xbc\xa1")), 2);
	assert_int_equal(text_width(BYTES("\xef\xbd\xb1")), 1);
	assert_int_equal(text_width(BYTES("\xf0\x9f\x90\x84")), 2);
	assert_int_equal(text_width(BYTES("\xe2\x9d\xa4\xef\xb8\x8f")), 1);
	assert_int_equal(text_width(BYTES("\xe2\x94\x80\xe2\x96\x88")), 2);
	assert_int_equal(text_width(BYTES("\xf0\xa0\x80\x80")), 2);
	assert_int_equal(text_width(BYTES("\xe4\xb7\x80")), 2);
}

static void test_text__fits_whole_characters(void **state)
{
	static const char text[] = "a\xe6\xb1\x89"
				   "e\xcc\x81z";
	size_t len = sizeof(text) - 1;

	assert_int_equal(text_fit(text, len, 0), 0);
	assert_int_equal(text_fit(text, len, 1), 1);
	assert_int_equal(text_fit(text, len, 2), 1);
	assert_int_equal(text_fit(text, len, 3), 4);
	assert_int_equal(text_fit(text, len, 4), 7);
	assert_int_equal(text_fit(text, len, 5), len);
	assert_int_equal(text_fit(text, len, 500), len);
	assert_int_equal(text_fit("", 0, 3), 0);
}

/* The encoder here is the test's own: every code point there is goes through the decoder. */
static void test_text__decodes_every_code_point(void **state)
{
	char s[4];
	uint32_t c, got;
	size_t n, i;

	for (c = 0; c <= 0x10ffff; c++) {
		n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		for (i = n - 1; i > 0; i--)
			s[i] = (char)(0x80 | (c >> 6 * (n - 1 - i) & 0x3f));
		s[0] = (char)(n == 1 ? c : (0xf00 >> n & 0xff) | c >> 6 * (n - 1));
		got = 0;
		if (c >= 0xd800 && c <= 0xdfff) {
			assert_int_equal(utf8_decode(s, n, &got), 0);
			continue;
		}
		if (utf8_decode(s, n, &got) != n || got != c)
			fail_msg("U+%04X is %zu bytes, decoded as U+%04X", c, n, got);
		if (utf8_decode(s, n - 1, &got))
			fail_msg("U+%04X cut short was taken", c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text__keeps_what_is_clean),
		cmocka_unit_test(test_text__escapes_controls),
		cmocka_unit_test(test_text__escapes_invisible_and_bidirectional),
		cmocka_unit_test(test_text__escapes_non_characters),
		cmocka_unit_test(test_text__escapes_each_byte_of_broken_utf8),
		cmocka_unit_test(test_text__never_cuts_a_character),
		cmocka_unit_test(test_text__counts_columns),
		cmocka_unit_test(test_text__fits_whole_characters),
		cmocka_unit_test(test_text__decodes_every_code_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
