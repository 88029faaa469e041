/*
 * What the screen says of a budget: what cowtop takes of it, what waits for it, and how old that is.
 */
#include "unit/tui_stage.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_budget__it_is_in_the_line_of_costs),
		cmocka_unit_test(test_budget__a_longer_interval_is_said),
		cmocka_unit_test(test_budget__rates_and_columns),
		cmocka_unit_test(test_budget__as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
