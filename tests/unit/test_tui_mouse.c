#include "unit/tui_stage.h"
#include "tui/column.h"
#include "tui/terminal_mouse.h"

static const char *bytes;

static int next_byte(void)
{
	return *bytes ? (unsigned char)*bytes++ : -1;
}

static void assert_report(const char *report, bool sgr, int want, int want_row, int want_column,
			  const char *rest)
{
	int row = -1, column = -1;

	bytes = report;
	assert_int_equal(terminal_mouse(sgr, next_byte, &row, &column), want);
	assert_string_equal(bytes, rest);
	if (want) {
		assert_int_equal(row, want_row);
		assert_int_equal(column, want_column);
	}
}

static void test_mouse__reports(void **state)
{
	assert_report("0;10;5Mq", true, KEY_CODE_CLICK, 4, 9, "q");
	assert_report("0;10;5mq", true, 0, 0, 0, "q");
	assert_report("4;1000;500M", true, KEY_CODE_CLICK, 499, 999, "");
	assert_report("64;1;1M", true, KEY_CODE_WHEEL_UP, 0, 0, "");
	assert_report("65;1;1M", true, KEY_CODE_WHEEL_DOWN, 0, 0, "");
	assert_report("66;1;1M", true, 0, 0, 0, "");
	assert_report("2;1;1M", true, 0, 0, 0, "");
	assert_report("32;1;1M", true, 0, 0, 0, "");
	assert_report("128;1;1M", true, 0, 0, 0, "");
	assert_report(" *%", false, KEY_CODE_CLICK, 4, 9, "");
	assert_report("#*%", false, 0, 0, 0, "");
	assert_report("`*%", false, KEY_CODE_WHEEL_UP, 4, 9, "");
}

/* No more is taken than could belong to it, and no number grows without end. */
static void test_mouse__broken_reports(void **state)
{
	assert_report("", true, 0, 0, 0, "");
	assert_report("0;10", true, 0, 0, 0, "");
	assert_report(";;Mq", true, 0, 0, 0, ";Mq");
	assert_report("0;0;1M", true, 0, 0, 0, "");
	assert_report("0;1;0M", true, 0, 0, 0, "");
	assert_report("0;99999999999;1M", true, 0, 0, 0, "99999;1M");
	assert_report("0;1;1x", true, 0, 0, 0, "");
	assert_report("", false, 0, 0, 0, "");
	assert_report(" \x01\x01", false, 0, 0, 0, "");
}

static enum ui_effect click(struct stage *st, int row, int column)
{
	const struct spot *spot;

	stage_draw(st);
	spot = cells_spot_at(&st->cells, row, column);
	st->ui.clicked = spot ? *spot : (struct spot){ .kind = SPOT_NONE };
	return stage_key(st, KEY_CODE_CLICK);
}

/* The row of the screen that begins so. */
static int row_of(struct stage *st, const char *begins, int *ret_column)
{
	cleanup(buf_release) struct buf out = { 0 };
	const char *text = stage_text(st, &out), *line = text, *found = strstr(text, begins);
	int row = 0;

	assert_non_null(found);
	for (; strchr(line, '\n') < found; line = strchr(line, '\n') + 1)
		row++;
	if (ret_column)
		*ret_column = (int)(found - line);
	return row;
}

static void test_mouse__rows(void **state)
{
	cleanup(stage_end) struct stage st;
	int row;

	stage_day(&st, 24, 80);
	row = row_of(&st, " 102 worker", NULL);
	assert_int_equal(click(&st, row, 70), EFFECT_NONE);
	assert_int_equal(st.ui.selected.pid, 102);
	assert_ptr_equal(st.ui.pane, &pane_workers);
	/* A row that was selected, but not by a click, is not opened by the first one. */
	stage_key(&st, KEY_CODE_UP);
	stage_key(&st, KEY_CODE_DOWN);
	click(&st, row, 0);
	assert_ptr_equal(st.ui.pane, &pane_workers);
	click(&st, row, 0);
	assert_ptr_equal(st.ui.pane, &pane_details);
	assert_int_equal(st.ui.selected.pid, 102);
}

static void test_mouse__heads(void **state)
{
	cleanup(stage_end) struct stage st;
	int row, column;

	stage_day(&st, 24, 120);
	row = row_of(&st, "SHARED PRIVATE", &column);
	click(&st, row, column);
	assert_string_equal(columns[st.ui.sort].name, "shared");
	assert_false(st.ui.ascending);
	click(&st, row, column);
	assert_true(st.ui.ascending);
	row_of(&st, "RESIDENT", &column);
	click(&st, row, column);
	assert_string_equal(columns[st.ui.sort].name, "rss");
	/* The heads of another table sort nothing. */
	stage_key(&st, 'g');
	row = row_of(&st, "SHARED", &column);
	click(&st, row, column);
	assert_string_equal(columns[st.ui.sort].name, "rss");
}

static void test_mouse__keys_of_the_bar(void **state)
{
	cleanup(stage_end) struct stage st;
	int row, column;

	stage_day(&st, 24, 80);
	row = row_of(&st, "g groups", &column);
	click(&st, row, column + 7);
	assert_ptr_equal(st.ui.pane, &pane_groups);
	click(&st, row, 2);
	assert_ptr_equal(st.ui.pane, &pane_help);
	row_of(&st, "q quit", &column);
	assert_int_equal(click(&st, row, column), EFFECT_NONE);
	assert_ptr_equal(st.ui.pane, &pane_groups);
	assert_int_equal(click(&st, row, column), EFFECT_QUIT);
	click(&st, row, 2);
	row_of(&st, "▼", &column);
	click(&st, row, st.ui.columns - 1);
	assert_true(stage_scroll(&st) > 5);
	assert_int_equal(click(&st, 0, 0), EFFECT_NONE);
	/* While a line is typed. */
	stage_key(&st, '/');
	st.ui.clicked = (struct spot){ .kind = SPOT_KEY, .number = 'q' };
	assert_int_equal(stage_key(&st, KEY_CODE_CLICK), EFFECT_NONE);
	assert_int_equal(st.ui.ask, ASK_SEARCH);
	assert_string_equal(st.ui.line, "");
}

static void test_mouse__wheel(void **state)
{
	cleanup(stage_end) struct stage st;

	stage_day(&st, 24, 80);
	stage_key(&st, '?');
	stage_key(&st, KEY_CODE_WHEEL_DOWN);
	stage_key(&st, KEY_CODE_WHEEL_DOWN);
	assert_int_equal(stage_scroll(&st), 6);
	stage_key(&st, KEY_CODE_WHEEL_UP);
	assert_int_equal(stage_scroll(&st), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mouse__reports),
		cmocka_unit_test(test_mouse__broken_reports),
		cmocka_unit_test(test_mouse__rows),
		cmocka_unit_test(test_mouse__heads),
		cmocka_unit_test(test_mouse__keys_of_the_bar),
		cmocka_unit_test(test_mouse__wheel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
