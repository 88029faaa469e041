#include "lib/between.h"
#include "lib/stacks_scene.h"
#include "analysis/stack_report.h"

#define GIVEN \
	cleanup(stacks_release) struct stacks s = { 0 }; \
	cleanup(stack_report_release) struct stack_report r = { 0 }

/* What must hold whatever the facts are. */
static void assert_adds_up(const struct stack_report *r)
{
	uint64_t rows = 0, parts = 0, roles = 0, processes = 0, of_processes = 0;
	size_t i, k;

	for (i = 0; i < r->nrows; i++) {
		rows += r->rows[i].sum.pages[PAGE_EVENT_COPIED];
		for (k = r->rows[i].from; k < r->rows[i].from + r->rows[i].nparts; k++)
			parts += r->parts[k].sum.pages[PAGE_EVENT_COPIED];
		assert_true(!i || r->rows[i - 1].sum.pages[PAGE_EVENT_COPIED] >=
					  r->rows[i].sum.pages[PAGE_EVENT_COPIED]);
	}
	for (i = 0; i < STACK_ROLES; i++)
		roles += r->pool.roles[i];
	for (i = 0; i < r->facts->nprocesses; i++) {
		const struct stack_tally *t = &r->processes[i];

		processes += t->sum.pages[PAGE_EVENT_COPIED];
		for (k = 0; k < STACK_ROLES; k++)
			of_processes += t->roles[k];
		if (t->exact && t->unattributed != ABSENT)
			assert_int_equal(t->sum.pages[PAGE_EVENT_COPIED] + (uint64_t)t->unattributed,
					 t->copied);
	}
	assert_int_equal(rows, r->pool.sum.pages[PAGE_EVENT_COPIED]);
	assert_int_equal(parts, rows);
	assert_int_equal(roles, rows);
	assert_int_equal(processes, rows);
	assert_int_equal(of_processes, rows);
}

static void test_every_fault__pages_are_samples(void **state)
{
	GIVEN;

	scene_begin(&s, 1);
	scene_process(&s, 100, true, 0);
	scene_process(&s, 101, false, 30);
	scene_count(&s, 1, PAGE_EVENT_COPIED, 10, "main", "a", NULL);
	scene_count(&s, 1, PAGE_EVENT_COPIED, 20, "main", "b", NULL);
	scene_count(&s, 1, PAGE_EVENT_REUSED, 5, "main", "c", NULL);
	stack_report_make(&s, &r);
	assert_adds_up(&r);
	assert_int_equal(r.nrows, 3);
	assert_int_equal(r.rows[0].sum.pages[PAGE_EVENT_COPIED], 20);
	assert_int_equal(r.rows[1].sum.pages[PAGE_EVENT_COPIED], 10);
	assert_int_equal(r.rows[2].sum.pages[PAGE_EVENT_COPIED], 0);
	assert_int_equal(r.rows[2].sum.pages[PAGE_EVENT_REUSED], 5);
	assert_int_equal(r.pool.unattributed, 0);
	assert_true(r.pool.exact);
}

static void test_one_in_ten__scaled_to_the_count(void **state)
{
	GIVEN;

	scene_begin(&s, 10);
	scene_process(&s, 101, false, 1007);
	scene_count(&s, 0, PAGE_EVENT_COPIED, 33, "main", "a", NULL);
	scene_count(&s, 0, PAGE_EVENT_COPIED, 33, "main", "b", NULL);
	scene_count(&s, 0, PAGE_EVENT_COPIED, 34, "main", "c", NULL);
	stack_report_make(&s, &r);
	assert_adds_up(&r);
	assert_int_equal(r.pool.sum.pages[PAGE_EVENT_COPIED], 1007);
	for (size_t i = 0; i < 3; i++)
		assert_between(r.rows[i].sum.pages[PAGE_EVENT_COPIED], 332, 343);
}

static void test_unseen_copies__unattributed(void **state)
{
	GIVEN;

	scene_begin(&s, 1);
	scene_process(&s, 101, false, 1000);
	scene_count(&s, 0, PAGE_EVENT_COPIED, 700, "main", "a", NULL);
	stack_report_make(&s, &r);
	assert_adds_up(&r);
	assert_int_equal(r.pool.sum.pages[PAGE_EVENT_COPIED], 700);
	assert_int_equal(r.pool.unattributed, 300);

	stack_report_release(&r);
	s.period = 10; /* far beyond what sampling explains */
	s.processes[0].copies = 20000;
	stack_report_make(&s, &r);
	assert_adds_up(&r);
	assert_int_equal(r.pool.sum.pages[PAGE_EVENT_COPIED], 7000);
	assert_int_equal(r.pool.unattributed, 13000);
}

/* Each begins a period of its own: nobody's first copies have a sample. */
/* Each worker has its own generated code for the same Python function. */
static void test_same_name_of_generated_code__one_row(void **state)
{
	GIVEN;

	scene_begin(&s, 1);
	scene_process(&s, 101, false, 3);
	scene_process(&s, 102, false, 4);
	scene_count(&s, 0, PAGE_EVENT_COPIED, 3, "main", "a", NULL);
	scene_count(&s, 1, PAGE_EVENT_COPIED, 4, "main", "b", NULL);
	for (size_t i = 0; i < s.nfunctions; i++) {
		if (!strcmp(s.functions[i].name, "main"))
			continue;
		s.functions[i].kind = FRAME_JIT;
		s.functions[i].name[0] = 'x';
	}
	stack_report_make(&s, &r);
	assert_adds_up(&r);
	assert_int_equal(r.nrows, 1);
	assert_int_equal(r.rows[0].nparts, 2);
	assert_int_equal(r.rows[0].sum.pages[PAGE_EVENT_COPIED], 7);
}

static void test_many_short_lives__not_scaled(void **state)
{
	GIVEN;

	scene_begin(&s, 10);
	for (int i = 0; i < 600; i++) {
		scene_process(&s, 1000 + i, false, 36);
		scene_count(&s, (uint32_t)i, PAGE_EVENT_COPIED, 2, "main", "a", NULL);
		scene_count(&s, (uint32_t)i, PAGE_EVENT_COPIED, 1, "main", "b", NULL);
	}
	stack_report_make(&s, &r);
	assert_adds_up(&r);
	assert_int_equal(r.pool.copied, 600 * 36);
	assert_int_equal(r.rows[0].sum.pages[PAGE_EVENT_COPIED], 600 * 20);
	assert_int_equal(r.rows[1].sum.pages[PAGE_EVENT_COPIED], 600 * 10);
	assert_int_equal(r.pool.unattributed, 600 * 6);
}

static void test_lost_samples__shared_out(void **state)
{
	GIVEN;

	scene_begin(&s, 1);
	scene_process(&s, 101, false, 1000)->lost = 300;
	s.lost = 300;
	scene_count(&s, 0, PAGE_EVENT_COPIED, 600, "main", "a", NULL);
	scene_count(&s, 0, PAGE_EVENT_COPIED, 100, "main", "b", NULL);
	stack_report_make(&s, &r);
	assert_adds_up(&r);
	assert_int_equal(r.pool.unattributed, 0);
	assert_int_equal(r.rows[0].sum.pages[PAGE_EVENT_COPIED], 857);
	assert_int_equal(r.rows[1].sum.pages[PAGE_EVENT_COPIED], 143);
	assert_int_equal(r.pool.lost, 300);
}

static void test_one_count_of_several__an_estimate(void **state)
{
	GIVEN;

	scene_begin(&s, 10);
	scene_process(&s, 100, true, 50)->apportioned = true;
	scene_process(&s, 101, false, 300)->apportioned = true;
	scene_process(&s, 102, false, 40);
	scene_count(&s, 1, PAGE_EVENT_COPIED, 30, "main", "a", NULL);
	stack_report_make(&s, &r);
	assert_false(r.processes[0].exact);
	assert_false(r.processes[1].exact);
	assert_true(r.processes[2].exact);
	assert_true(r.pool.exact);
	assert_int_equal(r.pool.copied, 390);
	assert_int_equal(r.processes[1].copied, 300);
	assert_adds_up(&r);
}

static void test_no_count__samples_times_period(void **state)
{
	GIVEN;

	scene_begin(&s, 10);
	scene_process(&s, 101, false, ABSENT);
	scene_process(&s, 102, false, 50);
	scene_count(&s, 0, PAGE_EVENT_COPIED, 12, "main", "a", NULL);
	scene_more(&s, 1, PAGE_EVENT_COPIED, 5);
	scene_count(&s, 0, PAGE_EVENT_UNDECIDED, 3, "main", "b", NULL);
	stack_report_make(&s, &r);
	assert_adds_up(&r);
	assert_false(r.pool.exact);
	assert_int_equal(r.pool.copied, 170);
	assert_int_equal(r.pool.unattributed, ABSENT);
	assert_int_equal(r.processes[0].sum.pages[PAGE_EVENT_COPIED], 120);
	assert_int_equal(r.processes[0].sum.pages[PAGE_EVENT_UNDECIDED], 30);
	assert_int_equal(r.processes[1].sum.pages[PAGE_EVENT_COPIED], 50);
}

static void test_undecided__fill_what_is_missing(void **state)
{
	GIVEN;

	scene_begin(&s, 1);
	scene_process(&s, 101, false, 150);
	scene_count(&s, 0, PAGE_EVENT_COPIED, 100, "main", "a", NULL);
	scene_count(&s, 0, PAGE_EVENT_UNDECIDED, 80, "main", "b", NULL);
	scene_count(&s, 0, PAGE_EVENT_UNDECIDED, 20, "main", "c", NULL);
	stack_report_make(&s, &r);
	assert_adds_up(&r);
	assert_int_equal(r.pool.unattributed, 0);
	assert_int_equal(r.rows[0].sum.pages[PAGE_EVENT_COPIED], 100);
	assert_int_equal(r.rows[1].sum.pages[PAGE_EVENT_COPIED], 40);
	assert_int_equal(r.rows[2].sum.pages[PAGE_EVENT_COPIED], 10);
	assert_int_equal(r.pool.sum.pages[PAGE_EVENT_UNDECIDED], 50);
}

static void test_counted_only__nothing_is_unattributed(void **state)
{
	GIVEN;

	scene_begin(&s, 0);
	scene_process(&s, 101, false, 150);
	stack_report_make(&s, &r);
	assert_int_equal(r.pool.copied, 150);
	assert_int_equal(r.pool.unattributed, ABSENT);
	assert_int_equal(r.nrows, 0);
}

static void test_nothing(void **state)
{
	GIVEN;

	scene_begin(&s, 10);
	stack_report_make(&s, &r);
	assert_adds_up(&r);
	assert_int_equal(r.pool.copied, 0);
}

static void test_same_frames__one_row(void **state)
{
	GIVEN;

	scene_begin(&s, 1);
	scene_process(&s, 101, false, 30);
	scene_count(&s, 0, PAGE_EVENT_COPIED, 10, "main", "a", NULL);
	scene_count(&s, 0, PAGE_EVENT_COPIED, 20, "main", "a", NULL)->truncated = true;
	stack_report_make(&s, &r);
	assert_adds_up(&r);
	assert_int_equal(r.nrows, 1);
	assert_int_equal(r.rows[0].nparts, 1);
	assert_true(r.rows[0].truncated);
	assert_int_equal(r.pool.truncated, 30);
}

static void test_server__adds_up(void **state)
{
	GIVEN;

	scene_server(&s);
	stack_report_make(&s, &r);
	assert_adds_up(&r);
	assert_int_equal(r.pool.sum.pages[PAGE_EVENT_COPIED] + (uint64_t)r.pool.unattributed,
			 60 + 14406 + 7210);
	assert_true(r.pool.roles[STACK_COLLECTOR] > r.pool.roles[STACK_REFCOUNT]);
	assert_int_equal(r.rows[0].role, STACK_COLLECTOR);
}

static void test_copy__is_its_own(void **state)
{
	struct stacks s = { 0 }, copy = { 0 };
	cleanup(stack_report_release) struct stack_report r = { 0 };

	scene_server(&s);
	stacks_gap(&s, "a", 1, "b");
	stacks_gap(&s, "a", 2, "c"); /* said once */
	assert_int_equal(s.ngaps, 1);
	stacks_copy(&copy, &s);
	stacks_release(&s);
	stack_report_make(&copy, &r);
	assert_adds_up(&r);
	assert_string_equal(copy.functions[0].name, "gc_collect_main");
	assert_string_equal(copy.processes[0].comm, "gunicorn");
	assert_string_equal(copy.gaps[0].needs, "b");
	stacks_release(&copy);
	assert_int_equal(copy.nfunctions, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_fault__pages_are_samples),
		cmocka_unit_test(test_one_in_ten__scaled_to_the_count),
		cmocka_unit_test(test_unseen_copies__unattributed),
		cmocka_unit_test(test_same_name_of_generated_code__one_row),
		cmocka_unit_test(test_many_short_lives__not_scaled),
		cmocka_unit_test(test_lost_samples__shared_out),
		cmocka_unit_test(test_one_count_of_several__an_estimate),
		cmocka_unit_test(test_no_count__samples_times_period),
		cmocka_unit_test(test_undecided__fill_what_is_missing),
		cmocka_unit_test(test_counted_only__nothing_is_unattributed),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_same_frames__one_row),
		cmocka_unit_test(test_server__adds_up),
		cmocka_unit_test(test_copy__is_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
