#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "sink/markdown.h"

static void assert_text(const char *foreign, const char *wanted)
{
	cleanup(buf_release) struct buf out = { 0 };

	markdown_text(&out, foreign);
	assert_string_equal(out.data ? out.data : "", wanted);
}

static void assert_code(const char *foreign, const char *wanted)
{
	cleanup(buf_release) struct buf out = { 0 };

	markdown_code(&out, foreign);
	assert_string_equal(out.data ? out.data : "", wanted);
}

static void test_text__keeps_prose(void **state)
{
	assert_text("", "");
	assert_text("frozen: 14.9 MiB (-53 %) less, na\xc3\xafve",
		    "frozen: 14.9 MiB (-53 %) less, na\xc3\xafve");
	assert_text("  at its ends ", "at its ends");
}

static void test_text__is_no_markup(void **state)
{
	assert_text("a|b`c*d_e", "a&#124;b&#96;c&#42;d&#95;e");
	assert_text("<b> &amp; \\", "&#60;b&#62; &#38;&#8203;amp; &#92;");
	assert_text("see [x](y)", "see &#91;&#8203;x&#93;(y)");
	assert_text("two\nlines", "two&#92;nlines");
	assert_text("\x1b[1m", "&#92;x1b&#91;&#8203;1m");
}

static void test_text__begins_no_list_or_heading(void **state)
{
	assert_text("# a", "&#35; a");
	assert_text("- a", "&#45; a");
	assert_text("12. a", "12&#46; a");
	assert_text("    a", "a");
	assert_text("---", "&#45;&#45;&#45;");
}

static void test_text__mentions_nobody(void **state)
{
	assert_text("by @user", "by @&#8203;user");
	assert_text("a@example.org", "a@&#8203;example.org");
	assert_text("fixes #1 and !2", "fixes #&#8203;1 and !&#8203;2");
	assert_text("GH-3 gh-4 low-5", "GH-&#8203;3 gh-&#8203;4 low-5");
	assert_text("at $5 %6 ~x", "at &#36;&#8203;5 %&#8203;6 &#126;&#8203;x");
	assert_text("http://a www.b.c 9:30", "http:&#8203;//a www&#46;&#8203;b.c 9:30");
	assert_text("at 50 % # @ alone!", "at 50 % # @ alone!");
}

static void test_code__is_what_it_reads(void **state)
{
	assert_code("", "");
	assert_code("   ", "");
	assert_code("gunicorn -w 4 app/x.py", "<code>gunicorn -w 4 app/x.py</code>");
	assert_code("a`b|c</code>", "<code>a&#96;b&#124;c&#60;/code&#62;</code>");
	assert_code("http://www.a @u", "<code>http&#58;//www&#46;a &#64;<!-- -->u</code>");
}

/* Characters are counted, not bytes, and none is cut in two. */
static void test_code__is_cut(void **state)
{
	cleanup(buf_release) struct buf out = { 0 };
	char name[2 * MARKDOWN_NAME + 3];
	size_t i;

	for (i = 0; i <= MARKDOWN_NAME; i++)
		memcpy(name + 2 * i, "\xc3\xa9", 3);
	markdown_code(&out, name);
	assert_int_equal(out.len, strlen("<code>...</code>") + (size_t)2 * MARKDOWN_NAME);
	assert_string_equal(out.data + out.len - 12, "\xc3\xa9...</code>");
	name[2 * MARKDOWN_NAME] = '\0';
	buf_reset(&out);
	markdown_code(&out, name);
	assert_null(strstr(out.data, "..."));
}

static void test_table__has_a_row_of_alignment(void **state)
{
	cleanup(buf_release) struct buf out = { 0 };

	markdown_table(&out, (const char *const[]){ "<Name", "Copied", NULL });
	markdown_name(&out, "a|b");
	markdown_cell(&out, "-60.2 MiB");
	markdown_row_end(&out);
	markdown_name(&out, "");
	markdown_cell(&out, "");
	markdown_row_end(&out);
	assert_string_equal(out.data, "| Name | Copied |\n"
				      "| :-- | --: |\n"
				      "| <code>a&#124;b</code> | -60.2 MiB |\n"
				      "|  |  |\n");
}

static void test_add__takes_what_fits(void **state)
{
	cleanup(buf_release) struct buf out = { 0 }, part = { 0 };

	for (size_t i = 0; i < 1000; i++)
		buf_addc(&part, 'x');
	while (markdown_add(&out, &part, 100))
		;
	assert_true(out.len <= MARKDOWN_COMMENT - 100);
	assert_true(out.len + part.len > MARKDOWN_COMMENT - 100);
	buf_reset(&part);
	assert_true(markdown_add(&out, &part, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text__keeps_prose),
		cmocka_unit_test(test_text__is_no_markup),
		cmocka_unit_test(test_text__begins_no_list_or_heading),
		cmocka_unit_test(test_text__mentions_nobody),
		cmocka_unit_test(test_code__is_what_it_reads),
		cmocka_unit_test(test_code__is_cut),
		cmocka_unit_test(test_table__has_a_row_of_alignment),
		cmocka_unit_test(test_add__takes_what_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
