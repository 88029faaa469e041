#include "unit/tui_stage.h"
#include "tui/ask.h"

static void test_ask__search(void **state)
{
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };

	stage_day(&st, 24, 80);
	stage_type(&st, "n");
	assert_non_null(strstr(st.ui.message, "press /"));
	stage_type(&st, "/10");
	assert_non_null(strstr(stage_text(&st, &out), "search: 10"));
	assert_int_equal(st.cells.cursor_row, 23);
	assert_int_equal(st.cells.cursor_column, 10);
	stage_key(&st, KEY_CODE_ENTER);
	assert_int_equal(st.ui.selected.pid, 101);
	stage_type(&st, "n");
	assert_int_equal(st.ui.selected.pid, 102);
	stage_type(&st, "BB");
	assert_int_equal(st.ui.selected.pid, 103);
	stage_type(&st, "/ROTATE");
	stage_key(&st, KEY_CODE_ENTER);
	assert_int_equal(st.ui.selected.pid, 105);
	stage_type(&st, "/nobody");
	stage_key(&st, KEY_CODE_ENTER);
	assert_string_equal(st.ui.message, "no process matches");
	assert_int_equal(st.ui.selected.pid, 105);
	stage_key(&st, KEY_CODE_ESCAPE);
	assert_string_equal(st.ui.search, "");
}

static void test_ask__filter_and_active(void **state)
{
	cleanup(stage_end) struct stage st;

	stage_day(&st, 24, 80);
	stage_type(&st, "\\rotate");
	stage_key(&st, KEY_CODE_ENTER);
	assert_order(&st, (const pid_t[]){ 105 }, 1);
	assert_int_equal(st.ui.selected.pid, 105);
	stage_type(&st, "\\");
	assert_string_equal(st.ui.line, "rotate");
	stage_key(&st, KEY_CODE_ESCAPE);
	stage_key(&st, KEY_CODE_ESCAPE);
	assert_string_equal(st.ui.filter, "");
	stage_type(&st, "a");
	assert_order(&st, (const pid_t[]){ 100, 103, 101, 139, 102, 140 }, 6);
	stage_type(&st, "a");
	assert_order(&st, (const pid_t[]){ 100, 103, 101, 139, 102, 140, 105 }, 7);
}

static void test_ask__interval(void **state)
{
	static const struct {
		const char *line;
		double seconds;
		enum ui_effect effect;
	} cases[] = {
		{ "2", 2, EFFECT_INTERVAL },   { "500ms", 0.5, EFFECT_INTERVAL },
		{ "1m", 60, EFFECT_INTERVAL }, { "1h", 3600, EFFECT_INTERVAL },
		{ "", 3600, EFFECT_NONE },     { "0", 3600, EFFECT_NONE },
		{ "99ms", 3600, EFFECT_NONE }, { "2h", 3600, EFFECT_NONE },
		{ "soon", 3600, EFFECT_NONE }, { "100ms", 0.1, EFFECT_INTERVAL },
	};
	cleanup(stage_end) struct stage st;
	size_t i;

	stage_day(&st, 24, 80);
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		stage_type(&st, "i");
		stage_type(&st, cases[i].line);
		assert_int_equal(stage_key(&st, KEY_CODE_ENTER), cases[i].effect);
		assert_figure(st.ui.interval_s, cases[i].seconds);
	}
}

static void test_ask__line(void **state)
{
	cleanup(stage_end) struct stage st;
	int i;

	stage_day(&st, 24, 80);
	stage_type(&st, "/ab");
	stage_key(&st, 0xe9);
	stage_key(&st, 0x1f600);
	stage_key(&st, 0x202e); /* turns the direction of the line: not typed */
	stage_key(&st, 0x7);
	stage_key(&st, KEY_CODE_LEFT);
	assert_string_equal(st.ui.line, "abé\xf0\x9f\x98\x80");
	stage_key(&st, KEY_CODE_BACKSPACE);
	stage_key(&st, KEY_CODE_BACKSPACE);
	assert_string_equal(st.ui.line, "ab");
	for (i = 0; i < 5; i++)
		stage_key(&st, KEY_CODE_BACKSPACE);
	for (i = 0; i < 100; i++)
		stage_key(&st, 0x65e5);
	assert_int_equal(strlen(st.ui.line), 63);
	stage_draw(&st);
	assert_int_equal(st.cells.cursor_column < 80, 1);
}

static void test_ask__times(void **state)
{
	const int64_t nine = FIXTURE_BEGIN, day = 86400 * FIXTURE_SECOND;
	int64_t ns = 0;
	size_t i;
	static const char *const wrong[] = { "",      "9",        "9:00",        "24:00",
					     "09:60", "09:00:60", "09:00:00:00", "09:00 ",
					     "-",     "-soon",    "--5",         "09.00" };

	assert_int_equal(ask_parse_time("08:59", nine, &ns), 0);
	assert_int_equal(ns, nine - 60 * FIXTURE_SECOND + FIXTURE_SECOND - 1);
	assert_int_equal(ask_parse_time("09:00:00", nine, &ns), 0);
	assert_int_equal(ns, nine + FIXTURE_SECOND - 1);
	/* Not yet today: yesterday. */
	assert_int_equal(ask_parse_time("10:00:30", nine, &ns), 0);
	assert_int_equal(ns, nine + 3630 * FIXTURE_SECOND + FIXTURE_SECOND - 1 - day);
	assert_int_equal(ask_parse_time("-5m", nine, &ns), 0);
	assert_int_equal(ns, nine - 300 * FIXTURE_SECOND);
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(ask_parse_time(wrong[i], nine, &ns), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ask__search),   cmocka_unit_test(test_ask__filter_and_active),
		cmocka_unit_test(test_ask__interval), cmocka_unit_test(test_ask__line),
		cmocka_unit_test(test_ask__times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
