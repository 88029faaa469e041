#include "unit/tui_stage.h"
#include "tui/column.h"

static void take(struct timeline *t, struct analysis *a, struct sample *s)
{
	struct snapshot snap;

	analysis_next(a, s, &snap);
	timeline_add(t, &snap);
	snapshot_release(&snap);
	sample_release(s);
}

static void small_sample(struct sample *s, double second)
{
	fixture_begin(s, second);
	fixture_add(s, 100, -50, (const fact[6]){ 10, 0, 0, 0, 1, 2 });
	fixture_add(s, 101, -40, (const fact[6]){ 8, 0, 2, 0, 1, 2 });
}

static void test_timeline__numbers_and_limits(void **state)
{
	struct timeline *t = timeline_new(TIMELINE_BYTES);
	struct analysis *a = analysis_new();
	struct sample s;
	int i;

	assert_int_equal(timeline_last(t), 0);
	assert_null(timeline_at(t, 0));
	assert_null(timeline_at(t, 1));
	for (i = 0; i < TIMELINE_INSTANTS + 10; i++) {
		small_sample(&s, i);
		take(t, a, &s);
	}
	assert_int_equal(timeline_first(t), 11);
	assert_int_equal(timeline_last(t), TIMELINE_INSTANTS + 10);
	assert_null(timeline_at(t, 10));
	assert_int_equal(timeline_at(t, 11)->number, 11);
	assert_int_equal(timeline_at(t, 11)->time_ns, FIXTURE_BEGIN + 10 * FIXTURE_SECOND);
	assert_int_equal(timeline_find(t, FIXTURE_BEGIN), 11);
	assert_int_equal(timeline_find(t, FIXTURE_BEGIN + 20 * FIXTURE_SECOND + 5), 21);
	assert_int_equal(timeline_find(t, INT64_MAX), TIMELINE_INSTANTS + 10);
	timeline_free(t);
	timeline_free(NULL);
	analysis_free(a);
}

/* However many processes there are, the memory is bounded; the latest instant is always there. */
static void test_timeline__bytes_are_bounded(void **state)
{
	struct timeline *t = timeline_new(20000), *tiny = timeline_new(1);
	struct analysis *a = analysis_new(), *b = analysis_new();
	struct sample s;
	int i, pid;

	for (i = 0; i < 50; i++) {
		small_sample(&s, i);
		for (pid = 200; pid < 220; pid++)
			fixture_add(&s, pid + 20 * (i % 2), -30, (const fact[6]){ 8, 0, 2, 0, 1, 2 });
		take(t, a, &s);
		small_sample(&s, i);
		take(tiny, b, &s);
	}
	assert_true(timeline_last(t) - timeline_first(t) < 10);
	assert_true(timeline_last(t) > timeline_first(t));
	assert_int_equal(timeline_first(tiny), 50);
	assert_int_equal(timeline_last(tiny), 50);
	timeline_free(t);
	timeline_free(tiny);
	analysis_free(a);
	analysis_free(b);
}

/* Every column of every process says the same in the past as it did when that was now. */
static void test_timeline__restores_what_was_shown(void **state)
{
	cleanup(stage_end) struct stage st;
	cleanup(replica_release) struct replica r = { 0 };
	uint64_t told = 0;
	char now[32], then[32];
	size_t i;
	int col;

	stage_day(&st, 24, 80);
	timeline_restore(st.m.timeline, timeline_last(st.m.timeline), &r);
	assert_int_equal(r.snap.nprocs, st.snap.nprocs);
	assert_int_equal(r.snap.facts->time_ns, st.snap.facts->time_ns);
	assert_string_equal(r.snap.command, st.snap.command);
	assert_int_equal(r.snap.ngc_groups, 2);
	assert_int_equal(r.snap.gc_groups[0].pids[2], 140);
	assert_string_equal(r.snap.findings[1].text, st.snap.findings[1].text);
	for (i = 0; i < r.snap.nprocs; i++) {
		assert_string_equal(r.snap.procs[i].facts->cmdline, st.snap.procs[i].facts->cmdline);
		assert_int_equal(r.snap.procs[i].slot, st.snap.procs[i].slot);
		for (col = 0; col < ncolumns; col++) {
			column_text(now, &columns[col], &st.snap, &st.snap.procs[i]);
			column_text(then, &columns[col], &r.snap, &r.snap.procs[i]);
			assert_string_equal(then, now);
			if (strcmp(now, "-"))
				told |= UINT64_C(1) << col;
		}
	}
	/* Of each column there was something to remember; bar and command have no text. */
	for (col = 0; col < ncolumns; col++)
		assert_true(told >> col & 1);
}

static void test_timeline__unknown_stays_unknown(void **state)
{
	cleanup(stage_end) struct stage st;
	cleanup(replica_release) struct replica r = { 0 };
	struct sample s;

	stage_begin(&st, 24, 80);
	small_sample(&s, 0);
	fixture_hide_pages(&s.procs[1], LEVEL_NONE);
	s.procs[1].minflt = s.procs[1].majflt = s.procs[1].threads = ABSENT;
	stage_take(&st, &s, NULL);
	timeline_restore(st.m.timeline, 1, &r);
	assert_unknown(r.snap.procs[1].figures.memory.rss);
	assert_unknown(r.snap.procs[1].figures.pages.cow_broken);
	assert_unknown(r.snap.procs[1].figures.cow_broken_bytes);
	assert_unknown(r.snap.procs[1].figures.cow_broken_ratio);
	assert_unknown(r.snap.procs[1].figures.faults.minor);
	assert_unknown(r.snap.procs[1].figures.faults.minor_per_s);
	assert_unknown(r.snap.procs[1].figures.threads);
	assert_figure(r.snap.procs[0].figures.memory.rss, 13 * FIXTURE_PAGE);
	assert_int_equal(r.snap.procs[1].facts->level, LEVEL_NONE);
}

static void test_timeline__gone_and_born(void **state)
{
	cleanup(stage_end) struct stage st;
	cleanup(gone_release) struct gone gone = { 0 };
	struct proc_key old = { 139, 100000000 - 500 * 100 }, late = { 140, 100000000 + 9750 };

	stage_day(&st, 24, 80);
	timeline_gone(st.m.timeline, 102, 10, &gone);
	assert_int_equal(gone.nprocs, 1);
	assert_int_equal(gone.procs[0].facts->pid, 139);
	assert_figure(gone.procs[0].figures.cow_broken_bytes, 7000 * FIXTURE_PAGE);
	assert_int_equal(timeline_born(st.m.timeline, late), 99);
	assert_int_equal(timeline_born(st.m.timeline, old), 0);
	assert_figure(timeline_cow_bytes(st.m.timeline, 97, old), 7000 * FIXTURE_PAGE);
	assert_unknown(timeline_cow_bytes(st.m.timeline, 98, old));
	assert_unknown(timeline_cow_bytes(st.m.timeline, 98, late));
	gone_release(&gone);
	timeline_gone(st.m.timeline, 102, 3, &gone);
	assert_int_equal(gone.nprocs, 0);
	timeline_gone(st.m.timeline, 5000, 3, &gone);
	assert_int_equal(gone.nprocs, 0);
}

/* A pid alone is never a key: the old worker is gone and another one is born. */
static void test_timeline__reused_pid(void **state)
{
	cleanup(stage_end) struct stage st;
	struct proc_key before = { 101, 100000000 - 4000 }, after = { 101, 100000000 + 50 };
	struct sample s;

	stage_begin(&st, 24, 80);
	small_sample(&s, 0);
	stage_take(&st, &s, NULL);
	fixture_begin(&s, 1);
	fixture_add(&s, 100, -50, (const fact[6]){ 10, 0, 0, 0, 1, 2 });
	fixture_add(&s, 101, 0.5, (const fact[6]){ 8, 0, 1, 0, 1, 2 });
	stage_take(&st, &s, NULL);
	assert_int_equal(st.m.gone.nprocs, 1);
	assert_true(proc_key_same(proc_key_of(&st.m.gone.procs[0]), before));
	assert_int_equal(timeline_born(st.m.timeline, after), 2);
	assert_unknown(timeline_cow_bytes(st.m.timeline, 2, before));
	assert_figure(timeline_cow_bytes(st.m.timeline, 2, after), FIXTURE_PAGE);
}

static void test_timeline__events_are_bounded(void **state)
{
	struct timeline *t = timeline_new(TIMELINE_BYTES);
	struct event events[700] = { 0 };
	struct sample s;
	struct snapshot snap = { .facts = &s, .events = events, .nevents = 700 };
	const struct event *log;
	size_t n;
	int i;

	fixture_begin(&s, 0);
	for (i = 0; i < 700; i++)
		events[i].pid = 1000 + i;
	timeline_add(t, &snap);
	timeline_add(t, &snap);
	log = timeline_events(t, &n);
	assert_int_equal(n, TIMELINE_EVENTS);
	assert_int_equal(log[n - 1].pid, 1699);
	assert_int_equal(log[0].pid, 1400);
	timeline_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timeline__numbers_and_limits),
		cmocka_unit_test(test_timeline__bytes_are_bounded),
		cmocka_unit_test(test_timeline__restores_what_was_shown),
		cmocka_unit_test(test_timeline__unknown_stays_unknown),
		cmocka_unit_test(test_timeline__gone_and_born),
		cmocka_unit_test(test_timeline__reused_pid),
		cmocka_unit_test(test_timeline__events_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
