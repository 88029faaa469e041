/*
 * What the screen says of a budget: what cowtop takes of it, what waits for it, and how old that is.
 */
#include "unit/tui_stage.h"
#include "sink/text.h"
#include "tui/trend.h"

/* Two of three workers were read four seconds before the last sample; the pool costs a little less than it may. */
static void begin(struct stage *st, int rows, int columns)
{
	struct sample s;

	stage_begin(st, rows, columns);
	for (int t = 0; t <= 24; t++) {
		int age = t % 5;

		fixture_begin(&s, t);
		s.footprint_pages = 30000;
		s.own_ns = 100000000 + t * (FIXTURE_SECOND * 17 / 1000);
		s.cost_ns = 2000000;
		s.budget_ppm = 20000;
		s.walked = age ? 0 : 4;
		s.skipped = age ? 4 : 0;
		fixture_add(&s, 100, -400, (const fact[6]){ 25000, 0, 0, 0, 900, 3000 });
		for (int n = 1; n <= 3; n++) {
			fact known = n == 3 ? 0 : 40 * (t - age);
			struct proc_sample *p = fixture_add(&s, 100 + n, -300,
							    (const fact[6]){ 25000 - known, 0, known, 0, 300,
									     3000 });

			p->minflt += n == 3 ? 0 : 50 * t;
			p->growth.cow = known;
			p->pages_age_ns = n == 3 ? 0 : age * FIXTURE_SECOND;
		}
		stage_take(st, &s, NULL);
	}
}

static void test_budget__it_is_in_the_line_of_costs(void **state)
{
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };
	const char *text;

	begin(&st, 30, 160);
	st.m.own_cpu = 0.3; /* of one interval: says nothing of a budget */
	stage_draw(&st);
	text = stage_text(&st, &out);
	assert_non_null(strstr(text, "cpu 1.7% of 2.0%"));
	assert_non_null(strstr(text, "pages 4s old"));
	assert_non_null(strstr(text, "deferred 2"));
	assert_null(strstr(text, "s -> "));
}

static void test_budget__a_longer_interval_is_said(void **state)
{
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };

	begin(&st, 30, 160);
	st.m.wanted_s = 1;
	st.m.stretched_s = 2.3;
	stage_draw(&st);
	assert_non_null(strstr(stage_text(&st, &out), "every 1.00s -> 2.30s"));
	assert_non_null(strstr(out.data, "every 1s -> 2.3s")); /* the title */
}

static void test_budget__rates_and_columns(void **state)
{
	cleanup(stage_end) struct stage st;

	begin(&st, 50, 200);
	stage_golden(&st, "workers-budget-200x50");
	st.ui.rows = 24;
	st.ui.columns = 80;
	stage_golden(&st, "workers-budget-80x24");
}

/* Back in time it is what it was then. */
static void test_budget__as_it_was(void **state)
{
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };

	begin(&st, 30, 160);
	stage_key(&st, 'T');
	stage_draw(&st);
	assert_non_null(strstr(stage_text(&st, &out), "pages 3s old"));
	assert_non_null(strstr(stage_text(&st, &out), "of 2.0%"));
}

/* A sample of a master and a worker that has copied so many pages, its pages read `age_s` before. */
static void take(struct stage *st, double t, double age_s, fact copied, uint64_t faults)
{
	struct proc_sample *p;
	struct sample s;

	fixture_begin(&s, t);
	fixture_add(&s, 100, -400, (const fact[6]){ 25000, 0, 0, 0, 900, 3000 });
	p = fixture_add(&s, 101, -300, (const fact[6]){ 25000 - copied, 0, copied, 0, 300, 3000 });
	p->minflt += faults;
	p->growth.cow = copied;
	p->pages_age_ns = (fact)(age_s * FIXTURE_SECOND);
	stage_take(st, &s, NULL);
}

static void assert_screen_and_table(struct stage *st, const char *line, const char *table, const char *row)
{
	cleanup(buf_release) struct buf out = { 0 }, text = { 0 };

	if (!strstr(stage_text(st, &out), line))
		fail_msg("no '%s' in\n%s", line, out.data);
	text_snapshot(&text, &st->snap, NULL, 120);
	if (!strstr(text.data, table) || !strstr(text.data, row))
		fail_msg("no '%s', or no '%s', in\n%s", table, row, text.data);
}

/* The figures of a line are of one time, and which one is said when it is not the interval: a last sample that follows
 * another at once, with pages that were not read for that one, as the end of a load makes it. */
static void test_budget__one_line_is_of_one_time(void **state)
{
	cleanup(stage_end) struct stage st;

	stage_begin(&st, 24, 120);
	take(&st, 0, 0, 0, 0);
	take(&st, 1, 0, 40, 50);
	assert_screen_and_table(&st, "minflt/s 50 │ cow 40 │ new 0 │ file 0 │ other 10 │ majflt/s 0 │ cow",
				"minflt/s 50: cow 40 new 0 file 0 other 10; majflt/s 0\n", " 50 ");
	take(&st, 4.9, 3.9, 40, 206);
	assert_screen_and_table(
		&st,
		"minflt/s 50 │ cow ~40 │ new ~0 │ file ~0 │ other ~10 │ majflt/s 0 │ in 1s until 3.9s ago",
		"minflt/s 50: cow ~40 new ~0 file ~0 other ~10; majflt/s 0; in 1s until 3.9s ago, minflt/s "
		"40 now\n",
		" 50 ");
	take(&st, 5, 0, 200, 206);
	assert_screen_and_table(&st, "minflt/s 39 │ cow 40 │ new 0 │ file 0 │ other 0 │ majflt/s 0 │ in 4s",
				"minflt/s 39: cow 40 new 0 file 0 other 0; majflt/s 0; in 4s\n", " 39 ");
}

/* In a trend what was copied stands where it was copied, once that is known: not over the time after it. */
static void test_budget__trends_are_not_late(void **state)
{
	cleanup(stage_end) struct stage st;
	figure copied[8], faults[8];

	stage_begin(&st, 24, 120);
	take(&st, 0, 0, 0, 0);
	take(&st, 1, 0, 0, 0);
	take(&st, 2, 1, 0, 60);
	take(&st, 3, 2, 0, 120);
	take(&st, 4, 0, 180, 180);
	take(&st, 5, 0, 180, 180);
	take(&st, 6, 1, 180, 180);
	trend_fill(&st.m, 0, trend_split[SPLIT_COW], copied, 8);
	trend_fill(&st.m, 0, trend_minor, faults, 8);
	assert_true(isnan(copied[0]) && isnan(copied[1]));
	assert_true(copied[2] == 0 && faults[2] == 0);
	for (int i = 3; i <= 5; i++)
		assert_true(copied[i] == 60 && faults[i] == 60);
	assert_true(copied[6] == 0 && faults[6] == 0);
	/* perhaps something was copied */
	assert_true(isnan(copied[7]) && faults[7] == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_budget__it_is_in_the_line_of_costs),
		cmocka_unit_test(test_budget__a_longer_interval_is_said),
		cmocka_unit_test(test_budget__rates_and_columns),
		cmocka_unit_test(test_budget__as_it_was),
		cmocka_unit_test(test_budget__one_line_is_of_one_time),
		cmocka_unit_test(test_budget__trends_are_not_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
