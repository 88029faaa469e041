#include "unit/tui_stage.h"
#include "tui/column.h"
#include "tui/keys.h"

static bool both_apply(const struct key *a, const struct key *b)
{
	return a->view == b->view || a->view == KEYS_BOTH || b->view == KEYS_BOTH;
}

/* No key has two rows in a view, and no two rows do the same there. */
static void test_keys__each_has_one_meaning(void **state)
{
	size_t i, j, k, l;
	struct ui ui;

	ui_init(&ui);
	for (i = 0; i < nkeys; i++) {
		enum key_view view = keys[i].view == KEYS_BOTH ? KEYS_LIVE : keys[i].view;

		assert_true(*keys[i].help && keys[i].help[strlen(keys[i].help) - 1] != '.');
		for (k = 0; k < KEYS_PER_ROW; k++) {
			if (keys[i].codes[k])
				assert_ptr_equal(key_find(&ui, keys[i].codes[k], view), &keys[i]);
		}
		for (j = 0; j < nkeys; j++) {
			if (i == j || !both_apply(&keys[i], &keys[j]))
				continue;
			assert_true(keys[i].act != keys[j].act ||
				    memcmp(&keys[i].with, &keys[j].with, sizeof(keys[i].with)));
			for (k = 0; k < KEYS_PER_ROW; k++) {
				for (l = 0; l < KEYS_PER_ROW; l++)
					assert_true(!keys[i].codes[k] ||
						    keys[i].codes[k] != keys[j].codes[l]);
			}
		}
	}
	assert_null(key_find(&ui, 0, KEYS_LIVE));
	assert_null(key_find(&ui, 0x1f600, KEYS_LIVE));
}

/* A pane without a key is not reached; a row that opens none says so with NULL. */
static void test_keys__each_pane_has_one(void **state)
{
	int pane;
	size_t i;

	for (pane = 0; pane < npanes; pane++) {
		bool found = false;

		assert_int_equal(pane_number(panes[pane]), pane);
		for (i = 0; i < nkeys; i++)
			found |= keys[i].with.pane == panes[pane];
		assert_true(found);
	}
}

static void test_keys__names(void **state)
{
	char name[16], names[48];

	assert_string_equal(key_label(name, 'q'), "q");
	assert_string_equal(key_label(name, KEY_CODE_F10), "F10");
	assert_string_equal(key_label(name, 26), "Ctrl-Z");
	assert_string_equal(key_label(name, ' '), "Space");
	assert_string_equal(key_names(names, &keys[nkeys - 1]), "q F10");
}

static void test_act__effects(void **state)
{
	cleanup(stage_end) struct stage st;

	stage_day(&st, 24, 80);
	assert_int_equal(stage_key(&st, 'q'), EFFECT_QUIT);
	assert_int_equal(stage_key(&st, KEY_CODE_F10), EFFECT_QUIT);
	assert_int_equal(stage_key(&st, 't'), EFFECT_SAMPLE);
	assert_int_equal(stage_key(&st, 26), EFFECT_SUSPEND);
	assert_int_equal(stage_key(&st, 12), EFFECT_REPAINT);
	assert_int_equal(stage_key(&st, 'W'), EFFECT_SAVE);
	assert_int_equal(stage_key(&st, 'x'), EFFECT_REPAINT);
	assert_true(st.ui.mono);
	assert_int_equal(stage_key(&st, KEY_CODE_DOWN), EFFECT_NONE);
}

/* As a pager. */
static void test_act__leaving_the_help(void **state)
{
	static const int ways[] = { 'q', KEY_CODE_F10, KEY_CODE_ESCAPE, '?' };
	static const struct playback playback = { 0 };

	for (int replay = 0; replay < 2; replay++) {
		cleanup(stage_end) struct stage st;

		stage_day(&st, 24, 80);
		st.m.playback = replay ? &playback : NULL;
		stage_key(&st, 'g');
		for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
			cleanup(buf_release) struct buf out = { 0 };

			stage_key(&st, '?');
			assert_non_null(strstr(stage_text(&st, &out), "q or Esc: close"));
			assert_int_equal(stage_key(&st, ways[i]), EFFECT_NONE);
			assert_ptr_equal(st.ui.pane, &pane_groups);
		}
		assert_int_equal(stage_key(&st, 'q'), EFFECT_QUIT);
		st.m.playback = NULL;
	}
}

static void test_act__panes(void **state)
{
	cleanup(stage_end) struct stage st;

	stage_day(&st, 24, 80);
	stage_key(&st, 'g');
	assert_ptr_equal(st.ui.pane, &pane_groups);
	stage_key(&st, '?');
	assert_ptr_equal(st.ui.pane, &pane_help);
	stage_key(&st, '?');
	assert_ptr_equal(st.ui.pane, &pane_groups);
	stage_key(&st, KEY_CODE_ESCAPE);
	assert_ptr_equal(st.ui.pane, &pane_workers);
	stage_key(&st, KEY_CODE_ENTER);
	assert_ptr_equal(st.ui.pane, &pane_details);
	stage_key(&st, KEY_CODE_ESCAPE);
	stage_key(&st, KEY_CODE_BACK_TAB);
	assert_ptr_equal(st.ui.pane, &pane_events);
	stage_key(&st, '\t');
	assert_ptr_equal(st.ui.pane, &pane_workers);
	assert_false(ui_wants_space(&st.ui));
	stage_key(&st, 'p');
	assert_true(ui_wants_space(&st.ui));
	stage_key(&st, 'z');
	assert_false(ui_wants_space(&st.ui));
}

static void test_act__sorting(void **state)
{
	cleanup(stage_end) struct stage st;

	stage_day(&st, 24, 80);
	assert_order(&st, (const pid_t[]){ 100, 103, 101, 139, 102, 140, 105 }, 7);
	stage_key(&st, 'I');
	assert_order(&st, (const pid_t[]){ 100, 140, 102, 139, 101, 103, 105 }, 7);
	stage_key(&st, 'P');
	assert_order(&st, (const pid_t[]){ 100, 101, 102, 103, 139, 140, 105 }, 7);
	stage_key(&st, 'P');
	assert_order(&st, (const pid_t[]){ 100, 140, 139, 103, 102, 101, 105 }, 7);
	stage_key(&st, '>');
	assert_string_equal(columns[st.ui.sort].name, "role");
	stage_key(&st, '>');
	assert_string_equal(columns[st.ui.sort].name, "rss");
	stage_key(&st, '<');
	stage_key(&st, '<');
	stage_key(&st, '<');
	assert_string_equal(columns[st.ui.sort].name, "command");
	stage_key(&st, 'D');
	assert_string_equal(columns[st.ui.sort].name, "+cow/s");
	assert_false(st.ui.ascending);
}

/* What is not known stands last, whichever way it is sorted. */
static void test_act__unknown_sorts_last(void **state)
{
	cleanup(stage_end) struct stage st;
	struct sample s;

	stage_begin(&st, 24, 80);
	stage_day_at(&s, 0);
	fixture_hide_pages(&s.procs[1], LEVEL_NONE);
	stage_take(&st, &s, NULL);
	assert_order(&st, (const pid_t[]){ 100, 103, 139, 102, 101, 105 }, 6);
	stage_key(&st, 'I');
	assert_order(&st, (const pid_t[]){ 100, 102, 139, 103, 101, 105 }, 6);
}

static void test_act__hide_columns(void **state)
{
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };

	stage_day(&st, 24, 80);
	assert_non_null(strstr(stage_text(&st, &out), "COW%"));
	stage_key(&st, '>');
	stage_key(&st, 'H');
	assert_null(strstr(stage_text(&st, &out), "COW%"));
	assert_string_equal(columns[st.ui.sort].name, "+cow/s");
	stage_key(&st, 'P');
	stage_key(&st, 'H');
	assert_non_null(strstr(stage_text(&st, &out), "the column PID stays"));
	stage_key(&st, '*');
	assert_non_null(strstr(stage_text(&st, &out), "COW%"));
}

static void test_act__moving(void **state)
{
	cleanup(stage_end) struct stage st;

	stage_day(&st, 10, 40);
	assert_int_equal(st.ui.selected.pid, 103);
	stage_key(&st, KEY_CODE_UP);
	assert_int_equal(st.ui.selected.pid, 100);
	stage_key(&st, KEY_CODE_UP);
	assert_int_equal(st.ui.selected.pid, 100);
	stage_key(&st, KEY_CODE_END);
	assert_int_equal(st.ui.selected.pid, 105);
	assert_int_equal(stage_scroll(&st), 3);
	stage_key(&st, KEY_CODE_PAGE_UP);
	assert_int_equal(st.ui.selected.pid, 139);
	stage_key(&st, KEY_CODE_HOME);
	assert_int_equal(stage_scroll(&st), 0);
	stage_key(&st, '?');
	stage_key(&st, KEY_CODE_END);
	assert_true(stage_scroll(&st) > 60 && stage_scroll(&st) < 500);
	stage_key(&st, KEY_CODE_UP);
	stage_key(&st, KEY_CODE_DOWN);
	stage_key(&st, KEY_CODE_HOME);
	assert_int_equal(stage_scroll(&st), 0);
}

/* Two more instants in which rows change places. */
static void shuffle(struct stage *st)
{
	struct sample s;

	stage_day_at(&s, 102);
	s.procs[1].pages.cow_broken = 20000;
	stage_take(st, &s, stage_day_groups);
}

static void test_act__follow(void **state)
{
	cleanup(stage_end) struct stage st;

	stage_day(&st, 10, 40);
	stage_key(&st, KEY_CODE_END);
	stage_key(&st, KEY_CODE_UP);
	assert_int_equal(st.ui.selected.pid, 140);
	stage_key(&st, 'F');
	stage_key(&st, 'I');
	assert_int_equal(st.ui.selected.pid, 140);
	assert_int_equal(st.ui.selected_row, 1);
	assert_int_equal(stage_scroll(&st), 1);
}

static void test_act__selection_is_a_process_not_a_row(void **state)
{
	cleanup(stage_end) struct stage st;

	stage_day(&st, 24, 80);
	assert_int_equal(st.ui.selected_row, 1);
	shuffle(&st);
	assert_int_equal(st.ui.selected.pid, 103);
	assert_int_equal(st.ui.selected_row, 2);
}

/* A worker that vanishes stays for some intervals; then its neighbour is selected. A pane about it
 * says that it is gone. */
static void test_act__selected_vanishes(void **state)
{
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };
	struct sample s;
	int second;

	stage_day(&st, 24, 80);
	stage_key(&st, KEY_CODE_DOWN);
	stage_key(&st, KEY_CODE_DOWN);
	assert_int_equal(st.ui.selected.pid, 139);
	for (second = 102; second < 112; second++) {
		stage_day_at(&s, second);
		stage_take(&st, &s, stage_day_groups);
	}
	assert_int_equal(st.ui.selected.pid, 102);
	stage_key(&st, KEY_CODE_DOWN);
	assert_int_equal(st.ui.selected.pid, 140);
	stage_key(&st, KEY_CODE_ENTER);
	for (; second < 130; second++) {
		stage_day_at(&s, second);
		proc_sample_release(&s.procs[--s.nprocs]);
		proc_sample_release(&s.procs[--s.nprocs]);
		stage_take(&st, &s, stage_day_groups);
	}
	assert_non_null(strstr(stage_text(&st, &out), "process 140 is gone"));
	stage_key(&st, KEY_CODE_ESCAPE);
	assert_int_not_equal(st.ui.selected.pid, 140);
}

static void test_act__tags(void **state)
{
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };

	stage_day(&st, 24, 80);
	stage_type(&st, "  ");
	assert_int_equal(st.ui.ntagged, 2);
	assert_non_null(strstr(stage_text(&st, &out), "2 tagged: copied 89.5 MiB"));
	stage_key(&st, KEY_CODE_UP);
	stage_type(&st, " ");
	assert_int_equal(st.ui.ntagged, 1);
	stage_type(&st, "U");
	assert_int_equal(st.ui.ntagged, 0);
}

static void test_act__tags_are_bounded(void **state)
{
	struct ui ui;
	int i;

	ui_init(&ui);
	for (i = 1; i <= UI_TAGS; i++)
		assert_true(ui_toggle_tag(&ui, (struct proc_key){ i, 1 }));
	assert_false(ui_toggle_tag(&ui, (struct proc_key){ i, 1 }));
	assert_true(ui_is_tagged(&ui, (struct proc_key){ 5, 1 }));
	assert_false(ui_is_tagged(&ui, (struct proc_key){ 5, 2 }));
	assert_true(ui_toggle_tag(&ui, (struct proc_key){ 5, 1 }));
	assert_false(ui_is_tagged(&ui, (struct proc_key){ 5, 1 }));
	assert_true(ui_toggle_tag(&ui, (struct proc_key){ i, 1 }));
}

static void test_act__time_travel(void **state)
{
	cleanup(stage_end) struct stage st;
	struct sample s;

	stage_day(&st, 24, 80);
	stage_type(&st, "T");
	assert_int_equal(st.ui.at, 101);
	assert_int_equal(st.m.shown->facts->time_ns, FIXTURE_BEGIN + 100 * FIXTURE_SECOND);
	/* Measuring goes on. */
	stage_day_at(&s, 102);
	stage_take(&st, &s, stage_day_groups);
	assert_int_equal(st.ui.at, 101);
	assert_int_equal(timeline_last(st.m.timeline), 103);
	stage_type(&st, "t");
	assert_int_equal(st.ui.at, 102);
	stage_type(&st, "r");
	assert_int_equal(st.ui.at, 1);
	stage_type(&st, "T");
	assert_int_equal(st.ui.at, 1);
	assert_string_equal(st.ui.message, "this is the oldest instant");
	stage_type(&st, "b09:01");
	stage_key(&st, KEY_CODE_ENTER);
	assert_int_equal(st.ui.at, 61);
	stage_type(&st, "b-10s");
	stage_key(&st, KEY_CODE_ENTER);
	assert_int_equal(st.ui.at, 93);
	stage_type(&st, "bsoon");
	stage_key(&st, KEY_CODE_ENTER);
	assert_int_equal(st.ui.at, 93);
	assert_string_equal(st.ui.message, "no time: soon");
	stage_type(&st, "Z");
	assert_int_equal(st.ui.at, 0);
	assert_ptr_equal(st.m.shown, st.m.live);
}

static void test_act__pause(void **state)
{
	cleanup(stage_end) struct stage st;
	struct sample s;

	stage_day(&st, 24, 80);
	stage_type(&st, "z");
	assert_true(st.ui.paused);
	assert_int_equal(st.ui.at, 102);
	stage_day_at(&s, 102);
	stage_take(&st, &s, stage_day_groups);
	assert_int_equal(st.m.shown->facts->time_ns, FIXTURE_BEGIN + 101 * FIXTURE_SECOND);
	stage_type(&st, "z");
	assert_false(st.ui.paused);
	assert_ptr_equal(st.m.shown, st.m.live);
	stage_type(&st, "ttt");
	assert_int_equal(st.ui.at, 0);
}

/* Somebody looks at the oldest instant until it is dropped: the next oldest is shown. */
static void test_act__the_past_moves_on(void **state)
{
	cleanup(stage_end) struct stage st;
	struct sample s;
	int i;

	stage_begin(&st, 24, 80);
	for (i = 0; i < 3; i++) {
		stage_day_at(&s, i);
		stage_take(&st, &s, NULL);
	}
	stage_type(&st, "r");
	assert_int_equal(st.ui.at, 1);
	for (; i < TIMELINE_INSTANTS + 5; i++) {
		fixture_begin(&s, i);
		fixture_add(&s, 100, -5, (const fact[6]){ 1, 0, 0, 0, 0, 0 });
		stage_take(&st, &s, NULL);
	}
	assert_int_equal(st.ui.at, 6);
	assert_int_equal(st.m.shown->facts->time_ns, FIXTURE_BEGIN + 5 * FIXTURE_SECOND);
}

static unsigned int next_random(unsigned int *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

/* Any keys, at any size, whatever happens to the pool: the ui stays sound and the screen whole. */
static void test_act__random_walk(void **state)
{
	static const int special[] = { KEY_CODE_ENTER, KEY_CODE_ESCAPE, '\t', '\n', '\b' };
	cleanup(stage_end) struct stage st;
	unsigned int seed = 7;
	struct sample s;
	int i, second = 102, code;

	stage_day(&st, 24, 80);
	for (i = 0; i < 8000; i++) {
		unsigned int r = next_random(&seed);

		if (r % 97 == 0) {
			st.ui.rows = 1 + (int)(next_random(&seed) % 60);
			st.ui.columns = 1 + (int)(next_random(&seed) % 220);
			st.ui.ascii = r & 1024;
		}
		if (r % 53 == 0) {
			stage_day_at(&s, second++);
			if (r % 3)
				proc_sample_release(&s.procs[--s.nprocs]);
			stage_take(&st, &s, stage_day_groups);
		}
		code = r % 3 == 0 ? special[next_random(&seed) % 5] :
		       r % 3 == 1 ? (int)(next_random(&seed) % 128) :
				    KEY_CODE_UP + (int)(next_random(&seed) % 20);
		stage_key(&st, code);
		stage_draw(&st);
		assert_int_equal(st.cells.rows, st.ui.rows);
		assert_int_equal(st.cells.columns, st.ui.columns);
		assert_true(st.ui.sort >= 0 && st.ui.sort < ncolumns);
		assert_true(stage_scroll(&st) >= 0);
		assert_true(st.ui.at <= timeline_last(st.m.timeline));
		assert_int_equal(st.ui.hidden & 1, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys__each_has_one_meaning),
		cmocka_unit_test(test_keys__each_pane_has_one),
		cmocka_unit_test(test_keys__names),
		cmocka_unit_test(test_act__effects),
		cmocka_unit_test(test_act__leaving_the_help),
		cmocka_unit_test(test_act__panes),
		cmocka_unit_test(test_act__sorting),
		cmocka_unit_test(test_act__unknown_sorts_last),
		cmocka_unit_test(test_act__hide_columns),
		cmocka_unit_test(test_act__moving),
		cmocka_unit_test(test_act__follow),
		cmocka_unit_test(test_act__selection_is_a_process_not_a_row),
		cmocka_unit_test(test_act__selected_vanishes),
		cmocka_unit_test(test_act__tags),
		cmocka_unit_test(test_act__tags_are_bounded),
		cmocka_unit_test(test_act__time_travel),
		cmocka_unit_test(test_act__pause),
		cmocka_unit_test(test_act__the_past_moves_on),
		cmocka_unit_test(test_act__random_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
