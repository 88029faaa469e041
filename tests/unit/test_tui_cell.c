#include "unit/tui_stage.h"
#include "base/text.h"
#include "tui/line.h"
#include "tui/page.h"
#include "tui/spark.h"
#include "tui/table.h"

static const char *row_text(const struct cells *c, int row, struct buf *out)
{
	int column;

	buf_reset(out);
	buf_adds(out, "");
	for (column = 0; column < c->columns; column++)
		buf_adds(out, cells_at(c, row, column)->glyph);
	while (out->len && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
	return out->len ? out->data : "";
}

#define assert_row(c, row, text) \
	do { \
		cleanup(buf_release) struct buf out_ = { 0 }; \
		assert_string_equal(row_text(c, row, &out_), text); \
	} while (0)

static void test_cells__clip(void **state)
{
	cleanup(cells_release) struct cells c = { 0 };

	cells_resize(&c, 2, 6);
	assert_int_equal(cells_print(&c, 0, 4, 10, PAINT_BAD, "abcdef"), 2);
	assert_int_equal(cells_print(&c, 0, 0, 3, PAINT_PLAIN, "uvwxyz"), 3);
	assert_row(&c, 0, "uvw ab");
	assert_row(&c, 1, "");
	assert_int_equal(cells_print(&c, -1, 0, 6, PAINT_PLAIN, "x"), 0);
	assert_int_equal(cells_print(&c, 2, 0, 6, PAINT_PLAIN, "x"), 0);
	assert_int_equal(cells_print(&c, 1, -1, 6, PAINT_PLAIN, "x"), 0);
	assert_int_equal(cells_print(&c, 1, 6, 6, PAINT_PLAIN, "x"), 0);
	assert_int_equal(cells_print(&c, 1, 0, -3, PAINT_PLAIN, "x"), 0);
	assert_row(&c, 1, "");
	assert_int_equal(cells_at(&c, 0, 4)->paint, PAINT_BAD);
	assert_null(cells_at(&c, 2, 0));
	assert_null(cells_at(&c, 0, 6));
}

static void test_cells__sizes_are_clamped(void **state)
{
	cleanup(cells_release) struct cells c = { 0 };

	cells_resize(&c, 0, -5);
	assert_int_equal(c.rows, 1);
	assert_int_equal(c.columns, 1);
	cells_resize(&c, 100000, 2);
	assert_int_equal(c.rows, 1000);
}

/* A wide character is whole or not there, also when half of it is overwritten. */
static void test_cells__wide(void **state)
{
	cleanup(cells_release) struct cells c = { 0 };

	cells_resize(&c, 2, 5);
	assert_int_equal(cells_print(&c, 0, 0, 5, PAINT_PLAIN, "日本語"), 4);
	assert_row(&c, 0, "日本");
	assert_string_equal(cells_at(&c, 0, 1)->glyph, "");
	cells_print(&c, 0, 1, 1, PAINT_PLAIN, "x");
	assert_row(&c, 0, " x本");
	cells_print(&c, 0, 2, 1, PAINT_PLAIN, "y");
	assert_row(&c, 0, " xy");
	cells_print(&c, 1, 4, 2, PAINT_PLAIN, "語");
	assert_row(&c, 1, "");
}

static void test_cells__combining_marks_join(void **state)
{
	cleanup(cells_release) struct cells c = { 0 };
	cleanup(buf_release) struct buf many = { 0 };
	int i;

	cells_resize(&c, 1, 4);
	assert_int_equal(cells_print(&c, 0, 0, 4, PAINT_PLAIN, "e\xcc\x81x"), 2);
	assert_string_equal(cells_at(&c, 0, 0)->glyph, "e\xcc\x81");
	buf_adds(&many, "a");
	for (i = 0; i < 100; i++)
		buf_adds(&many, "\xcc\x81");
	assert_int_equal(cells_print(&c, 0, 2, 2, PAINT_PLAIN, many.data), 1);
	assert_int_equal(strlen(cells_at(&c, 0, 2)->glyph), 15);
}

static void test_cells__foreign_is_cleaned_and_cut(void **state)
{
	cleanup(cells_release) struct cells c = { 0 };

	cells_resize(&c, 3, 12);
	assert_int_equal(cells_foreign(&c, 0, 0, 12, PAINT_PLAIN, "a\x1b[31mb"), 10);
	assert_row(&c, 0, "a\\x1b[31mb");
	assert_int_equal(cells_foreign(&c, 1, 0, 6, PAINT_PLAIN, "gunicorn: worker"), 6);
	assert_row(&c, 1, "gunic+");
	assert_int_equal(cells_foreign(&c, 2, 0, 0, PAINT_PLAIN, "x"), 0);
	assert_row(&c, 2, "");
}

static void test_cells__ascii(void **state)
{
	cleanup(cells_release) struct cells c = { .ascii = true };
	int column;

	cells_resize(&c, 1, 10);
	cells_print(&c, 0, 0, 10, PAINT_PLAIN, "a日e\xcc\x81é");
	assert_row(&c, 0, "a??e?");
	for (column = 0; column < c.columns; column++)
		assert_true((unsigned char)*cells_at(&c, 0, column)->glyph < 0x80);
}

static void test_cells__dump(void **state)
{
	cleanup(cells_release) struct cells c = { 0 };
	cleanup(buf_release) struct buf out = { 0 };

	cells_resize(&c, 2, 4);
	cells_print(&c, 0, 0, 4, PAINT_BAD, "ab");
	cells_print_right(&c, 1, 0, 4, PAINT_PLAIN, "x");
	cells_attr(&c, 0, 1, 2, ATTR_REVERSE);
	cells_dump(&c, &out);
	assert_string_equal(out.data, "ab\n   x\n====\nbB_\n\n");
}

static void test_paints__have_letters_of_their_own(void **state)
{
	int a, b;

	for (a = 0; a < PAINTS; a++) {
		for (b = 0; b < a; b++)
			assert_int_not_equal(paint_letter(a), paint_letter(b));
	}
}

/* Figures go as a whole, the least important first. */
static void test_line__drops_whole_figures(void **state)
{
	cleanup(cells_release) struct cells c = { 0 };
	struct line l = { .label = "POOL" };

	line_add(&l, 2, PAINT_PLAIN, "saved", "%s", "551.1 MiB");
	line_add(&l, 0, PAINT_PLAIN, "copied", "%s", "78.2 MiB");
	line_add(&l, 1, PAINT_PLAIN, "PSS", "%s", "302.4 MiB");
	cells_resize(&c, 4, 60);
	line_draw(&l, &c, 0, 0, 60);
	line_draw(&l, &c, 1, 0, 40);
	line_draw(&l, &c, 2, 0, 30);
	line_draw(&l, &c, 3, 0, 12);
	assert_row(&c, 0, "POOL saved 551.1 MiB │ copied 78.2 MiB │ PSS 302.4 MiB");
	assert_row(&c, 1, "POOL copied 78.2 MiB │ PSS 302.4 MiB");
	assert_row(&c, 2, "POOL copied 78.2 MiB");
	assert_row(&c, 3, "POOL");
}

/* What is too wide leaves its room to what matters less, also to one that matters as much. */
static void test_line__uses_the_room_there_is(void **state)
{
	cleanup(cells_release) struct cells c = { 0 };
	struct line l = { .label = "POOL" };

	line_add(&l, 2, PAINT_PLAIN, "saved", "%s", "551.1 MiB");
	line_add(&l, 0, PAINT_PLAIN, "copied", "%s", "78.2 MiB");
	line_add(&l, 1, PAINT_PLAIN, "shared of the master's", "%s", "302.4 MiB each");
	line_add(&l, 2, PAINT_PLAIN, "of it by the kernel", "%s", "1.0 MiB");
	cells_resize(&c, 2, 60);
	line_draw(&l, &c, 0, 0, 60);
	line_draw(&l, &c, 1, 0, 40);
	assert_row(&c, 0, "POOL copied 78.2 MiB │ shared of the master's 302.4 MiB each");
	assert_row(&c, 1, "POOL saved 551.1 MiB │ copied 78.2 MiB");
}

static void test_table__drops_columns_by_order(void **state)
{
	static const struct head heads[] = {
		{ "NAME", 4, 3, 100, true },
		{ "COW", 6, 0, 0, false },
		{ "NEW", 6, 1, 0, false },
	};
	cleanup(cells_release) struct cells c = { 0 };
	struct screen_table t;
	int width, i;

	cells_resize(&c, 1, 40);
	for (width = 1; width <= 40; width++) {
		table_fit(&t, heads, 3, 0, &c, 0, width);
		assert_int_equal(t.at[1] >= 0, width >= 6);
		assert_int_equal(t.at[2] >= 0, width >= 13);
		assert_int_equal(t.at[0] >= 0, width >= 18);
		for (i = 0; i < 3; i++)
			assert_true(t.at[i] < 0 || t.at[i] + t.width[i] <= width);
	}
	assert_int_equal(t.width[0], 40 - 14);
	table_fit(&t, heads, 3, 2, &c, 0, 40);
	assert_int_equal(t.at[1], -1);
}

/* A bar is as wide as it should be, and without pages it is a dash. */
static void test_bar__fills_its_width(void **state)
{
	static const struct page_figures some = { .shared = 3,
						  .orphaned = 1,
						  .cow_broken = 2,
						  .cow_file = 1,
						  .new = 2,
						  .file = 1,
						  .swapped = 7 },
					 none = { 0 };
	cleanup(cells_release) struct cells c = { 0 };
	struct page_figures unknown = some;
	int width;

	for (width = 1; width < 40; width++) {
		cells_resize(&c, 1, 40);
		bar_draw(&c, 0, 0, width, &some);
		assert_string_not_equal(cells_at(&c, 0, width - 1)->glyph, " ");
		assert_string_equal(cells_at(&c, 0, width)->glyph, " ");
	}
	cells_resize(&c, 2, 40);
	bar_draw(&c, 0, 0, 40, &none);
	assert_row(&c, 0, "-");
	unknown.cow_broken = UNKNOWN;
	bar_draw(&c, 1, 0, 40, &unknown);
	assert_row(&c, 1, "-");
}

static void test_spark__shape(void **state)
{
	static const figure grows[] = { 100, NAN, 125, 150, 200 }, flat[] = { 50, 50.1 }, zero[] = { 0, 0 };
	static const enum paint paints[5] = { 0 };
	cleanup(cells_release) struct cells c = { 0 };

	cells_resize(&c, 3, 5);
	spark_draw(&c, 0, 0, grows, paints, 5);
	spark_draw(&c, 1, 0, flat, paints, 2);
	spark_draw(&c, 2, 0, zero, paints, 2);
	assert_row(&c, 0, "▁ ▃▅█");
	assert_row(&c, 1, "██");
	assert_row(&c, 2, "▁▁");
}

static void test_page__wraps_and_scrolls(void **state)
{
	cleanup(cells_release) struct cells c = { 0 };
	struct page p = { .cells = &c, .top = 1, .rows = 2, .left = 0, .columns = 12, .scroll = 1 };

	cells_resize(&c, 4, 12);
	page_wrap(&p, 2, PAINT_PLAIN, "one two three averyverylongword x\x01");
	assert_int_equal(p.lines, 5);
	assert_row(&c, 0, "");
	assert_row(&c, 1, "  three");
	assert_row(&c, 2, "  averyveryl");
	assert_row(&c, 3, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells__clip),
		cmocka_unit_test(test_cells__sizes_are_clamped),
		cmocka_unit_test(test_cells__wide),
		cmocka_unit_test(test_cells__combining_marks_join),
		cmocka_unit_test(test_cells__foreign_is_cleaned_and_cut),
		cmocka_unit_test(test_cells__ascii),
		cmocka_unit_test(test_cells__dump),
		cmocka_unit_test(test_paints__have_letters_of_their_own),
		cmocka_unit_test(test_line__drops_whole_figures),
		cmocka_unit_test(test_line__uses_the_room_there_is),
		cmocka_unit_test(test_table__drops_columns_by_order),
		cmocka_unit_test(test_bar__fills_its_width),
		cmocka_unit_test(test_spark__shape),
		cmocka_unit_test(test_page__wraps_and_scrolls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
