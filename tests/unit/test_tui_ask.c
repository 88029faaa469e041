#include "unit/tui_stage.h"
#include "base/clock.h"
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

/* India, in whose time the user reads and types. */
static void india_at(int64_t s, struct zone_offset *ret)
{
	(void)s;
	*ret = (struct zone_offset){ 19800, "IST" };
}

static int64_t goes_to(struct stage *st, const char *time)
{
	stage_key(st, 'b');
	stage_type(st, time);
	stage_key(st, KEY_CODE_ENTER);
	return st->m.shown->facts->time_ns;
}

/* What the screen shows can be typed: in the user's zone, with its name, with another one. */
static void test_ask__times(void **state)
{
	static const struct zone india = { india_at };
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };
	const struct instant *first;
	int64_t from, now;
	char text[ZONE_TEXT];

	stage_day(&st, 24, 80);
	st.ui.zone = &india;
	first = timeline_at(st.m.timeline, timeline_first(st.m.timeline));
	from = first->time_ns;
	now = st.m.shown->facts->time_ns;
	assert_true(from < now);
	assert_non_null(strstr(stage_text(&st, &out), zone_date(text, &india, now)));
	assert_int_equal(goes_to(&st, zone_clock(text, &india, from)), from);
	assert_non_null(strstr(stage_text(&st, &out), text));
	*strchr(text, ' ') = '\0';
	assert_int_equal(goes_to(&st, text), from);
	st.ui.at = 0;
	assert_int_equal(goes_to(&st, zone_clock(text, NULL, from)), from);
	assert_int_equal(goes_to(&st, zone_date(text, &india, from)), from);
	st.ui.zone = NULL;
	assert_non_null(strstr(stage_text(&st, &out), zone_clock(text, NULL, from)));
	st.ui.at = 0;
	goes_to(&st, "09:00 CEST");
	assert_string_equal(st.ui.message, "no time: 09:00 CEST");
	goes_to(&st, "soon");
	assert_string_equal(st.ui.message, "no time: soon");
	/* outside of it: the nearest end, and what there is is said */
	assert_int_equal(goes_to(&st, zone_date(text, NULL, from - 3600 * SECOND)), from);
	assert_non_null(strstr(st.ui.message, "this view has 2026-11-21 09:00:00 to "));
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
