#include "unit/tui_stage.h"
#include "lib/why_made.h"
#include "base/text.h"
#include "tui/keys.h"

/* The pool of a day whose workers are of these kinds; the pane is open. */
static void begin(struct stage *st, const struct why_worker *kinds, size_t n, int rows, int columns)
{
	stage_day(st, rows, columns);
	if (n)
		why_made(&st->snap, kinds, n);
	stage_key(st, 'y');
	assert_ptr_equal(st->ui.pane, &pane_why);
}

static void golden(struct stage *st, const char *name)
{
	char file[64];

	snprintf(file, sizeof(file), "why-%s-%dx%d", name, st->ui.columns, st->ui.rows);
	stage_golden(st, file);
}

static const struct {
	int rows, columns;
} sizes[] = { { 10, 40 }, { 24, 80 }, { 40, 140 } };
#define SIZES (sizeof(sizes) / sizeof(*sizes))

static void golden_all(const struct why_worker *kinds, size_t n, const char *name)
{
	for (size_t i = 0; i < SIZES; i++) {
		cleanup(stage_end) struct stage st;

		begin(&st, kinds, n, sizes[i].rows, sizes[i].columns);
		golden(&st, name);
	}
}

static void test_why__golden(void **state)
{
	const struct why_worker young[] = { why_made_young(0), why_made_young(3), why_made_old() };
	const struct why_worker waiting[] = { why_made_waiting() }, old[] = { why_made_old() };

	golden_all(young, 3, "young");
	golden_all(waiting, 1, "waiting");
	golden_all(old, 1, "old");
}

static void test_why__golden_ascii(void **state)
{
	const struct why_worker young[] = { why_made_young(0) };
	cleanup(stage_end) struct stage st;

	begin(&st, young, 1, 24, 80);
	st.ui.ascii = true;
	golden(&st, "ascii");
}

/* Nothing is asked before the pane is opened, and it goes on when it is left. */
static void test_why__is_asked_when_it_is_opened(void **state)
{
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };

	stage_day(&st, 24, 80);
	assert_false(st.ui.why);
	assert_null(strstr(stage_text(&st, &out), "freezing gives back"));
	stage_key(&st, 'y');
	assert_true(st.ui.why);
	assert_non_null(strstr(stage_text(&st, &out), "Until now nothing was"));
	stage_key(&st, 'y');
	assert_ptr_equal(st.ui.pane, &pane_workers);
	assert_true(st.ui.why);
	stage_key(&st, 'y');
	stage_key(&st, KEY_CODE_ESCAPE);
	assert_ptr_equal(st.ui.pane, &pane_workers);
}

/* The line of the header is what most faults were for, until it is known why pages were copied. */
static void test_why__the_line_of_the_header(void **state)
{
	const struct why_worker young[] = { why_made_young(0) }, waiting[] = { why_made_waiting() };
	cleanup(stage_end) struct stage st, risk;
	cleanup(buf_release) struct buf out = { 0 };

	stage_day(&st, 24, 80);
	assert_non_null(strstr(stage_text(&st, &out), "new "));
	why_made(&st.snap, young, 1);
	assert_non_null(
		strstr(stage_text(&st, &out), "WHY  freezing gives back ~16.3 MiB each (14.2..18.4)"));
	assert_non_null(strstr(out.data, "references 31.3 51%"));
	stage_day(&risk, 24, 80);
	why_made(&risk.snap, waiting, 1);
	assert_non_null(strstr(stage_text(&risk, &out), "WHY  freezing keeps <40.2 MiB each (0.0..40.2)"));
	/* of what a collection took first nobody says that it is saved */
	st.ui.columns = 200;
	assert_non_null(strstr(stage_text(&st, &out), "first, then references ~10.6 17%"));
}

/* Nothing can be said: the reason is, and the header stays as it was. */
static void test_why__nothing_can_be_said(void **state)
{
	struct why_worker none = { .basis = WHY_NONE, .reason = "its collector could not be read" };
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };

	for (size_t i = 0; i < WHY_CAUSES; i++)
		none.causes[i] = WHY_UNKNOWN;
	none.copied = none.inherited = none.identical = none.at_risk = none.control = none.first_at = NAN;
	begin(&st, &none, 1, 30, 100);
	assert_non_null(strstr(stage_text(&st, &out), "why: nothing can be said"));
	assert_non_null(strstr(out.data, "rests on:  its collector could not be read"));
	assert_null(strstr(out.data, "collector alone"));
	assert_null(strstr(out.data, "WHY  freezing"));
}

static void test_why__past_and_recordings(void **state)
{
	const struct why_worker young[] = { why_made_young(0) };
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };
	struct playback play = { .over = true, .at_end = true };

	begin(&st, young, 1, 24, 80);
	stage_key(&st, 'T');
	assert_non_null(strstr(stage_text(&st, &out), "not kept of the past; Z goes back"));
	stage_key(&st, 'Z');
	st.m.playback = &play;
	assert_non_null(strstr(stage_text(&st, &out), "collector alone"));
	assert_non_null(strstr(out.data, "watched:"));
	why_release(st.snap.why);
	free(st.snap.why);
	st.snap.why = NULL;
	assert_non_null(strstr(stage_text(&st, &out), "recorded without --why"));
	st.m.playback = NULL;
}

/* The cursor goes from worker to worker, at the ends it stays; its split stands beside the pool's. */
static void test_why__the_worker_at_the_cursor(void **state)
{
	const struct why_worker kinds[] = { why_made_young(0), why_made_young(3), why_made_old() };
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };
	pid_t first, last;
	int i;

	begin(&st, kinds, 3, 40, 140);
	first = st.snap.why->workers[0].pid;
	last = st.snap.why->workers[st.snap.why->n - 1].pid;
	for (i = 0; i < 9; i++)
		stage_key(&st, KEY_CODE_UP);
	assert_int_equal(st.ui.selected.pid, first);
	assert_non_null(strstr(stage_text(&st, &out), "~16.3  26 14.2..18.4     ~16.3 14.2..18.4"));
	stage_key(&st, KEY_CODE_DOWN);
	stage_key(&st, KEY_CODE_DOWN);
	assert_non_null(strstr(stage_text(&st, &out), "~16.3  26 14.2..18.4     <29.4 0.0..29.4"));
	for (i = 0; i < 9; i++)
		stage_key(&st, KEY_CODE_DOWN);
	assert_int_equal(st.ui.selected.pid, last);
	/* the master has no split */
	st.ui.selected = (struct proc_key){ 100, st.snap.procs[0].facts->start_ticks };
	assert_null(strstr(stage_text(&st, &out), "WORKER"));
	stage_key(&st, KEY_CODE_DOWN);
	assert_int_equal(st.ui.selected.pid, first);
}

/* Below the workers stands what helps; beyond the last one the pane scrolls on, and back. */
static void test_why__what_helps(void **state)
{
	const struct why_worker kinds[] = { why_made_young(0) };
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };
	pid_t last;
	int i;

	begin(&st, kinds, 1, 24, 80);
	last = st.snap.why->workers[st.snap.why->n - 1].pid;
	assert_null(strstr(stage_text(&st, &out), "What does not"));
	for (i = 0; i < 12; i++)
		stage_key(&st, KEY_CODE_DOWN);
	assert_int_equal(st.ui.selected.pid, last);
	assert_non_null(strstr(stage_text(&st, &out), "What helps"));
	assert_non_null(
		strstr(out.data, "in gunicorn's configuration: def pre_fork(server, worker): gc.freeze()"));
	assert_non_null(strstr(out.data, "What does not"));
	assert_non_null(strstr(out.data, "collector alone"));
	stage_key(&st, KEY_CODE_HOME);
	stage_key(&st, KEY_CODE_HOME);
	assert_int_equal(stage_scroll(&st), 0);
}

/* On a small screen what is selected is seen, however many workers there are. */
static void test_why__many_workers(void **state)
{
	const struct why_worker kinds[] = { why_made_young(0) };
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };
	struct why *w;
	char pid[16];

	begin(&st, kinds, 1, 24, 80);
	w = st.snap.why;
	w->workers = xreallocarray(w->workers, 600, sizeof(*w->workers));
	for (; w->n < 600; w->n++) {
		w->workers[w->n] = w->workers[0];
		w->workers[w->n].pid = 9000 + (pid_t)w->n;
	}
	stage_key(&st, KEY_CODE_END);
	assert_int_equal(st.ui.selected.pid, 9599);
	snprintf(pid, sizeof(pid), "%d", st.ui.selected.pid);
	assert_non_null(strstr(stage_text(&st, &out), pid));
	stage_key(&st, KEY_CODE_HOME);
	assert_non_null(strstr(stage_text(&st, &out), "collector alone"));
}

static void test_why__a_click_selects(void **state)
{
	const struct why_worker kinds[] = { why_made_young(0), why_made_old() };
	cleanup(stage_end) struct stage st;
	size_t i;

	begin(&st, kinds, 2, 40, 120);
	stage_draw(&st);
	for (i = 0; i < st.cells.nspots; i++) {
		if (st.cells.spots[i].kind == SPOT_ROW && st.cells.spots[i].number == 102)
			break;
	}
	assert_true(i < st.cells.nspots);
	st.ui.clicked = st.cells.spots[i];
	stage_key(&st, KEY_CODE_CLICK);
	assert_int_equal(st.ui.selected.pid, 102);
	assert_ptr_equal(st.ui.pane, &pane_why);
	st.ui.clicked = st.cells.spots[i];
	stage_key(&st, KEY_CODE_CLICK);
	assert_ptr_equal(st.ui.pane, &pane_details);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_why__golden),
		cmocka_unit_test(test_why__golden_ascii),
		cmocka_unit_test(test_why__is_asked_when_it_is_opened),
		cmocka_unit_test(test_why__the_line_of_the_header),
		cmocka_unit_test(test_why__nothing_can_be_said),
		cmocka_unit_test(test_why__past_and_recordings),
		cmocka_unit_test(test_why__the_worker_at_the_cursor),
		cmocka_unit_test(test_why__what_helps),
		cmocka_unit_test(test_why__many_workers),
		cmocka_unit_test(test_why__a_click_selects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
