#include "unit/tui_stage.h"
#include "tui/column.h"
#include "tui/kept.h"

static const char *last_line(struct stage *st, struct buf *out)
{
	static char line[1024];
	const char *text = stage_text(st, out);
	int row;

	for (row = 1; row < st->ui.rows; row++)
		text = strchr(text, '\n') + 1;
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
	return line;
}

static bool ends(const char *line, const char *with)
{
	size_t n = strlen(line), m = strlen(with);

	return n >= m && !strcmp(line + n - m, with);
}

static void begin_many(struct stage *st)
{
	struct sample s;
	int i;

	stage_begin(st, 24, 80);
	fixture_begin(&s, 0);
	fixture_add(&s, 100, -400, (const fact[6]){ 25000, 0, 0, 0, 900, 3000 });
	for (i = 0; i < 64; i++)
		fixture_add(&s, 101 + i, -300, (const fact[6]){ 25000, 0, i, 9, 300, 3000 });
	stage_take(st, &s, NULL);
}

/* What is above and below of what is seen, in every pane that scrolls. */
static void test_bottom__folds_of_the_table(void **state)
{
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };
	char want[64];
	int rows;

	begin_many(&st);
	stage_draw(&st);
	rows = layout_height(&st.m, &st.ui).rows;
	snprintf(want, sizeof(want), " ▼ %d more", 65 - rows);
	assert_true(ends(last_line(&st, &out), want));
	assert_null(strstr(out.data, "▲"));
	stage_key(&st, KEY_CODE_END);
	snprintf(want, sizeof(want), " ▲ %d", 65 - rows);
	assert_true(ends(last_line(&st, &out), want));
	assert_null(strstr(out.data, "▼"));
	for (int i = 0; i < rows; i++)
		stage_key(&st, KEY_CODE_UP);
	snprintf(want, sizeof(want), " ▲ %d ▼ 1 more", 64 - rows);
	assert_true(ends(last_line(&st, &out), want));
	st.ui.ascii = true;
	snprintf(want, sizeof(want), " ^ %d v 1 more", 64 - rows);
	assert_true(ends(last_line(&st, &out), want));
	/* All of them at once. */
	st.ui.rows = 100;
	st.ui.ascii = false;
	last_line(&st, &out);
	assert_null(strstr(out.data, "▲"));
	assert_null(strstr(out.data, "▼"));
}

static void test_bottom__folds_of_other_panes(void **state)
{
	static const struct pane *const scrolling[] = { &pane_help, &pane_details, &pane_regions };
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };
	size_t i;

	stage_day(&st, 16, 80);
	for (i = 0; i < sizeof(scrolling) / sizeof(*scrolling); i++) {
		st.ui.pane = scrolling[i];
		last_line(&st, &out);
		assert_non_null(strstr(out.data, "▼"));
		stage_key(&st, KEY_CODE_DOWN);
		assert_non_null(strstr(last_line(&st, &out), "▲ 1 ▼ "));
		stage_key(&st, KEY_CODE_END);
		assert_null(strstr(last_line(&st, &out), "▼"));
	}
}

/* They have their room before the hints, and what a key has to say stays. */
static void test_bottom__a_message_stays(void **state)
{
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };

	begin_many(&st);
	stage_key(&st, 'a');
	assert_non_null(strstr(last_line(&st, &out), "only processes with faults"));
	assert_non_null(strstr(out.data, "more"));
}

/* A screen that is not the usual one says why until a key is pressed; in a wide title also then. */
static void test_bottom__what_was_kept(void **state)
{
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };

	stage_day(&st, 24, 120);
	assert_null(strstr(last_line(&st, &out), "kept"));
	st.ui.sort = 12;
	st.ui.hidden = 3 << 13;
	st.ui.tree = true;
	st.ui.interval_s = 2;
	st.ui.kept = kept_now(&st.ui);
	assert_string_equal(last_line(&st, &out),
			    "kept from the last time: sort NEW, 2 columns hidden, tree, every "
			    "2s; R: as usual");
	stage_key(&st, 'M');
	assert_null(strstr(last_line(&st, &out), "kept"));
	st.ui.columns = 200;
	last_line(&st, &out);
	assert_memory_equal(
		out.data,
		"gunicorn: master 100, 4 workers, 1 helper; kept: 2 columns hidden, tree, every 2s ", 82);
	assert_int_equal(stage_key(&st, 'R'), EFFECT_INTERVAL);
	last_line(&st, &out);
	assert_null(strstr(out.data, "kept:"));
	assert_string_equal(columns[st.ui.sort].name, "cow");
	assert_int_equal(st.ui.hidden, 0);
	assert_false(st.ui.tree);
	assert_int_equal(stage_key(&st, 'R'), EFFECT_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bottom__folds_of_the_table),
		cmocka_unit_test(test_bottom__folds_of_other_panes),
		cmocka_unit_test(test_bottom__a_message_stays),
		cmocka_unit_test(test_bottom__what_was_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
