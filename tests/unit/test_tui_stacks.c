#include "unit/tui_stage.h"
#include "lib/stacks_scene.h"
#include "analysis/stack_report.h"
#include "base/text.h"
#include "tui/stack_list.h"

/* The pool of a day with call stacks. */
struct theatre {
	struct stage st;
	struct stacks stacks;
	struct stack_report report;
};

static void theatre_begin(struct theatre *t, void (*scene)(struct stacks *), int rows, int columns)
{
	size_t i, k;

	*t = (struct theatre){ 0 };
	stage_day(&t->st, rows, columns);
	scene(&t->stacks);
	for (i = 0; i < t->stacks.nprocesses; i++) {
		for (k = 0; k < t->st.snap.nprocs; k++) {
			if (t->st.snap.procs[k].facts->pid == t->stacks.processes[i].pid)
				t->stacks.processes[i].start_ticks = t->st.snap.procs[k].facts->start_ticks;
		}
	}
	stack_report_make(&t->stacks, &t->report);
	stage_key(&t->st, 's');
	t->st.m.stacks = (struct ui_stacks){ &t->report, 194, 0.0031, NULL };
	stage_draw(&t->st);
}

static void theatre_end(struct theatre *t)
{
	stage_end(&t->st);
	stack_report_release(&t->report);
	stacks_release(&t->stacks);
}

static void golden(struct theatre *t, const char *name)
{
	char file[64];

	snprintf(file, sizeof(file), "stacks-%s-%dx%d", name, t->st.ui.columns, t->st.ui.rows);
	stage_golden(&t->st, file);
}

static const struct {
	int rows, columns;
} sizes[] = { { 10, 40 }, { 24, 80 }, { 40, 120 }, { 50, 200 } };

static void test_stacks__golden_server(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		cleanup(theatre_end) struct theatre t;

		theatre_begin(&t, scene_server, sizes[i].rows, sizes[i].columns);
		golden(&t, "pool");
		stage_key(&t.st, KEY_CODE_DOWN);
		stage_key(&t.st, KEY_CODE_ENTER);
		golden(&t, "unfolded");
	}
}

static void test_stacks__golden_states(void **state)
{
	cleanup(theatre_end) struct theatre t;

	theatre_begin(&t, scene_server, 24, 80);
	stage_type(&t.st, "o");
	golden(&t, "nobody"); /* worker 103 is selected: the watch did not see it */
	stage_type(&t.st, "m/102\rs");
	golden(&t, "worker");
	stage_type(&t.st, "oz");
	golden(&t, "past");
	stage_type(&t.st, "z");
	t.st.ui.ascii = true;
	golden(&t, "ascii");
}

static void test_stacks__golden_software(void **state)
{
	cleanup(theatre_end) struct theatre t;

	theatre_begin(&t, scene_software, 24, 80);
	golden(&t, "software");
}

/* What is said while there is nothing to show. */
static void test_stacks__nothing_to_show(void **state)
{
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };
	struct playback play = { .last = 10 };

	stage_day(&st, 24, 80);
	st.ui.pane = &pane_stacks;
	assert_non_null(strstr(stage_text(&st, &out), "call stacks are off"));
	st.ui.stacks = true;
	assert_non_null(strstr(stage_text(&st, &out), "beginning to watch"));
	st.m.stacks.problem = "perf_event_open: \033[31mneeds CAP_PERFMON";
	assert_non_null(strstr(stage_text(&st, &out), "perf_event_open: \\x1b[31mneeds CAP_PERFMON"));
	st.m.stacks.problem = NULL;
	st.m.playback = &play;
	assert_non_null(strstr(stage_text(&st, &out), "record --stacks"));
}

/* A recording says of which span they are, and costs the pool nothing. */
static void test_stacks__as_recorded(void **state)
{
	cleanup(theatre_end) struct theatre t;
	cleanup(buf_release) struct buf out = { 0 };
	struct playback play = { .last = 10 };

	theatre_begin(&t, scene_server, 24, 80);
	t.st.m.playback = &play;
	assert_non_null(strstr(stage_text(&t.st, &out), "\nas recorded from 08:59:50 UTC to 09:00:00 UTC\n"));
	assert_null(strstr(out.data, "194/s"));
}

static void scene_quiet(struct stacks *s)
{
	scene_begin(s, 64);
	scene_process(s, 100, true, 0);
}

static void test_stacks__no_page_copied(void **state)
{
	cleanup(theatre_end) struct theatre t;
	cleanup(buf_release) struct buf out = { 0 };

	theatre_begin(&t, scene_quiet, 24, 80);
	assert_non_null(strstr(stage_text(&t.st, &out), "no page was copied so far"));
	stage_key(&t.st, KEY_CODE_DOWN);
	stage_key(&t.st, KEY_CODE_ENTER);
	assert_false(t.st.ui.unfolded);
}

/* Names of functions, objects and gaps are the target's: none gets out of its cells. */
static void test_stacks__hostile_names(void **state)
{
	cleanup(theatre_end) struct theatre t;
	int rows, columns, row, column;

	theatre_begin(&t, scene_hostile, 24, 80);
	stage_key(&t.st, KEY_CODE_ENTER);
	for (rows = 1; rows < 60; rows += 1 + rows / 10) {
		for (columns = 1; columns < 230; columns += 3) {
			t.st.ui.rows = rows;
			t.st.ui.columns = columns;
			t.st.ui.ascii = columns % 2;
			t.st.ui.aside = rows;
			stage_key(&t.st, rows % 2 ? KEY_CODE_DOWN : KEY_CODE_ENTER);
			stage_draw(&t.st);
			for (row = 0; row < t.st.cells.rows; row++) {
				for (column = 0; column < t.st.cells.columns; column++) {
					const char *g = cells_at(&t.st.cells, row, column)->glyph;

					for (; *g; g++)
						assert_true((unsigned char)*g >= ' ' && *g != 0x7f);
				}
			}
		}
	}
}

/* ---- keys */

/* On by the key alone; off by it only in the pane. */
static void test_stacks__on_and_off(void **state)
{
	cleanup(stage_end) struct stage st;
	unsigned int again;
	int i;

	stage_day(&st, 24, 80);
	for (i = 0; i < 20; i++)
		stage_key(&st, '\t');
	assert_false(st.ui.stacks);
	stage_key(&st, 's');
	again = st.ui.stacks_again;
	assert_true(st.ui.stacks);
	assert_ptr_equal(st.ui.pane, &pane_stacks);
	stage_type(&st, "mgs");
	assert_true(st.ui.stacks);
	assert_int_equal(st.ui.stacks_again, again);
	stage_key(&st, '0');
	assert_int_equal(st.ui.stacks_again, again + 1);
	stage_key(&st, 's');
	assert_false(st.ui.stacks);
	assert_ptr_equal(st.ui.pane, &pane_workers);
	stage_key(&st, 's');
	assert_int_equal(st.ui.stacks_again, again + 2);
	stage_key(&st, KEY_CODE_ESCAPE);
	assert_true(st.ui.stacks);
}

/* The cost is there on any pane as long as they are on. */
static void test_stacks__cost_is_said(void **state)
{
	static const char letters[] = "mgvpfl?s";
	cleanup(theatre_end) struct theatre t;
	cleanup(buf_release) struct buf out = { 0 };
	size_t i, k;

	theatre_begin(&t, scene_server, 24, 80);
	for (k = 0; k < 2; k++) {
		t.st.ui.rows = sizes[k].rows;
		t.st.ui.columns = sizes[k].columns;
		for (i = 0; letters[i]; i++) {
			if (letters[i] != 's' || t.st.ui.pane != &pane_stacks)
				stage_key(&t.st, letters[i]);
			assert_non_null(strstr(stage_text(&t.st, &out), "stacks 194/s, 7 lost, 0.3% cpu"));
		}
	}
}

static struct stack_list list_of(struct theatre *t)
{
	struct stack_list l;

	stack_list_make(&t->st.m, &t->st.ui, &l);
	return l;
}

/* Through stacks and frames, in and out at both ends. */
static void test_stacks__moving(void **state)
{
	cleanup(theatre_end) struct theatre t;
	cleanup(stack_list_release) struct stack_list l = { 0 };
	int i;

	theatre_begin(&t, scene_server, 24, 80);
	l = list_of(&t);
	assert_int_equal(l.n, 6);
	stage_key(&t.st, KEY_CODE_UP);
	assert_int_equal(stack_list_selected(&l, &t.st.ui), 0);
	stage_key(&t.st, KEY_CODE_DOWN);
	stage_key(&t.st, KEY_CODE_ENTER);
	assert_true(t.st.ui.unfolded);
	for (i = 1; i <= 4; i++) {
		stage_key(&t.st, KEY_CODE_DOWN);
		assert_int_equal(stack_list_selected(&l, &t.st.ui), 1);
		assert_int_equal(t.st.ui.stack_line, i);
	}
	stage_key(&t.st, KEY_CODE_DOWN);
	assert_int_equal(stack_list_selected(&l, &t.st.ui), 2);
	assert_int_equal(t.st.ui.stack_line, 0);
	assert_false(t.st.ui.unfolded);
	stage_key(&t.st, KEY_CODE_END);
	assert_int_equal(stack_list_selected(&l, &t.st.ui), 5);
	stage_key(&t.st, KEY_CODE_HOME);
	assert_int_equal(stack_list_selected(&l, &t.st.ui), 0);
}

/* Another report, in which it is no longer the first: the same stack is selected. */
static void test_stacks__selection_stays(void **state)
{
	cleanup(theatre_end) struct theatre t, later;
	cleanup(stack_list_release) struct stack_list l = { 0 };

	theatre_begin(&t, scene_server, 24, 80);
	theatre_begin(&later, scene_server, 24, 80);
	stage_key(&t.st, KEY_CODE_ENTER);
	scene_count(&later.stacks, 1, PAGE_EVENT_COPIED, 100000, "_start", "storm", NULL);
	stack_report_release(&later.report);
	stack_report_make(&later.stacks, &later.report);
	t.st.m.stacks.report = &later.report;
	stage_draw(&t.st);
	l = list_of(&t);
	assert_int_equal(stack_list_selected(&l, &t.st.ui), 1);
	assert_true(t.st.ui.unfolded);

	/* It begins again, and has not seen it. */
	stack_report_release(&later.report);
	stacks_release(&later.stacks);
	scene_quiet(&later.stacks);
	stack_report_make(&later.stacks, &later.report);
	stage_draw(&t.st);
	assert_int_equal(t.st.ui.stack, 0);
	assert_false(t.st.ui.unfolded);
}

/* Those of a process come to its copies. */
static void test_stacks__of_one_process(void **state)
{
	cleanup(theatre_end) struct theatre t;
	cleanup(stack_list_release) struct stack_list l = { 0 };
	uint64_t pages = 0;
	size_t i;

	theatre_begin(&t, scene_server, 24, 80);
	stage_type(&t.st, "m/102\rso");
	l = list_of(&t);
	assert_non_null(l.process);
	assert_int_equal(l.process->pid, 102);
	for (i = 0; i < l.n; i++) {
		assert_true(!i || l.items[i].pages <= l.items[i - 1].pages);
		pages += l.items[i].pages;
	}
	assert_int_equal((fact)pages + l.tally->unattributed, 7210);
}

static void scene_many(struct stacks *s)
{
	char name[32];
	uint64_t i;

	scene_begin(s, 1);
	scene_process(s, 100, true, 0);
	scene_process(s, 101, false, 500 * 501 / 2);
	for (i = 1; i <= 500; i++) {
		snprintf(name, sizeof(name), "function_%d", (int)i);
		scene_count(s, 1, PAGE_EVENT_COPIED, i, "_start", name, NULL);
	}
}

static void test_stacks__too_many(void **state)
{
	cleanup(theatre_end) struct theatre t;
	cleanup(stack_list_release) struct stack_list l = { 0 };
	cleanup(buf_release) struct buf out = { 0 };

	theatre_begin(&t, scene_many, 24, 80);
	l = list_of(&t);
	assert_int_equal(l.n, STACKS_LISTED);
	assert_int_equal(l.more, 500 - STACKS_LISTED);
	stage_key(&t.st, KEY_CODE_END);
	assert_non_null(strstr(stage_text(&t.st, &out), "function_301"));
	assert_null(strstr(out.data, "function_300"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stacks__golden_server),
		cmocka_unit_test(test_stacks__golden_states),
		cmocka_unit_test(test_stacks__golden_software),
		cmocka_unit_test(test_stacks__nothing_to_show),
		cmocka_unit_test(test_stacks__as_recorded),
		cmocka_unit_test(test_stacks__no_page_copied),
		cmocka_unit_test(test_stacks__hostile_names),
		cmocka_unit_test(test_stacks__on_and_off),
		cmocka_unit_test(test_stacks__cost_is_said),
		cmocka_unit_test(test_stacks__moving),
		cmocka_unit_test(test_stacks__selection_stays),
		cmocka_unit_test(test_stacks__of_one_process),
		cmocka_unit_test(test_stacks__too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
