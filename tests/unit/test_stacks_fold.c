#include "lib/between.h"
#include "lib/stacks_scene.h"
#include "analysis/stack_report.h"
#include "codec/stacks.h"
#include "model/stacks_fold.h"

static uint64_t samples(const struct stacks *s, uint32_t process)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s->ncounts; i++) {
		for (size_t e = 0; e < PAGE_EVENTS && s->counts[i].process == process; e++)
			sum += s->counts[i].samples[e];
	}
	return sum;
}

/* Samples of the trace whose innermost function has this name. */
static uint64_t of_leaf(const struct stacks *s, const char *name)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s->ncounts; i++) {
		const struct stack_trace *t = &s->traces[s->counts[i].trace];
		const char *leaf = s->functions[t->frames[0]].name;

		if (leaf && !strcmp(leaf, name))
			sum += s->counts[i].samples[PAGE_EVENT_COPIED];
	}
	return sum;
}

/* The same functions in another order, one process of before, one new one. */
static void scene_later(struct stacks *s)
{
	scene_begin(s, 10);
	s->time_ns += 10 * FIXTURE_SECOND;
	scene_process(s, 100, true, 5)->faults = 9;
	scene_process(s, 103, false, 70)->faults = 100;
	scene_count(s, 1, PAGE_EVENT_COPIED, 7, "_start", "python3.11!Py_RunMain",
		    "python3.11!PyDict_SetItem", NULL);
	scene_count(s, 0, PAGE_EVENT_COPIED, 2, "_start", "python3.11!Py_RunMain",
		    "python3.11!_PyEval_EvalFrameDefault", "python3.11!gc_collect_with_callback",
		    "python3.11!gc_collect_main", NULL);
	scene_count(s, 1, PAGE_EVENT_COPIED, 3, "_start", "elsewhere", NULL);
	s->lost = s->processes[1].lost = 4;
	stacks_gap(s, "names", 13, "CAP_DAC_READ_SEARCH");
}

static void test_merge__adds_up(void **state)
{
	cleanup(stacks_release) struct stacks sum = { 0 }, a = { 0 }, b = { 0 };
	size_t functions;

	scene_server(&a);
	scene_later(&b);
	functions = a.nfunctions;
	assert_true(stacks_merge(&sum, &a));
	assert_true(stacks_merge(&sum, &b));
	assert_int_equal(sum.nfunctions, functions + 1);
	assert_int_equal(sum.ntraces, a.ntraces + 1);
	assert_int_equal(sum.nprocesses, 4);
	assert_int_equal(sum.processes[0].copies, 65);
	assert_int_equal(sum.processes[0].faults, 221);
	assert_int_equal(sum.processes[3].pid, 103);
	assert_int_equal(sum.processes[3].copies, 70);
	assert_int_equal(of_leaf(&sum, "gc_collect_main"), 801 + 402 + 2);
	assert_int_equal(of_leaf(&sum, "PyDict_SetItem"), 60 + 7);
	assert_int_equal(of_leaf(&sum, "elsewhere"), 3);
	assert_int_equal(samples(&sum, 3), 10);
	assert_int_equal(sum.lost, 11);
	assert_true(sum.span_ns == 20 * FIXTURE_SECOND && sum.time_ns == b.time_ns);
	assert_int_equal(sum.ngaps, 1);
	/* and the other way round it is the same sum */
	stacks_release(&sum);
	assert_true(stacks_merge(&sum, &b) && stacks_merge(&sum, &a));
	assert_int_equal(of_leaf(&sum, "gc_collect_main"), 801 + 402 + 2);
	assert_true(sum.time_ns == b.time_ns);
}

static void test_merge__of_one_span_is_that_span(void **state)
{
	cleanup(stacks_release) struct stacks sum = { 0 }, a = { 0 };
	cleanup(buf_release) struct buf x = { 0 }, y = { 0 };

	scene_server(&a);
	assert_true(stacks_merge(&sum, &a));
	assert_true(stacks_put(&a, &x) && stacks_put(&sum, &y));
	assert_int_equal(x.len, y.len);
	assert_memory_equal(x.data, y.data, x.len);
}

/* What one of the spans could not count is not known of both. A pid that was used again is another. */
static void test_merge__absent_and_reused(void **state)
{
	cleanup(stacks_release) struct stacks sum = { 0 }, a = { 0 }, b = { 0 };

	scene_server(&a);
	scene_server(&b);
	b.processes[1].copies = ABSENT;
	b.processes[2].start_ticks += 500;
	assert_true(stacks_merge(&sum, &a) && stacks_merge(&sum, &b));
	assert_int_equal(sum.processes[0].copies, 120);
	assert_int_equal(sum.processes[1].copies, ABSENT);
	assert_int_equal(sum.nprocesses, 4);
	assert_int_equal(sum.processes[2].copies, 7210);
	assert_int_equal(sum.processes[3].copies, 7210);
}

static void test_merge__not_of_one_watch(void **state)
{
	cleanup(stacks_release) struct stacks a = { 0 }, period = { 0 }, method = { 0 };

	scene_server(&a);
	scene_later(&period);
	period.period = 20;
	scene_software(&method);
	assert_false(stacks_merge(&a, &period));
	assert_false(stacks_merge(&a, &method));
	assert_int_equal(a.ncounts, 9);
	assert_int_equal(a.processes[0].copies, 60);
}

/* A pool with a hundred thousand stacks, of which a few are heavy. */
static void scene_many(struct stacks *s)
{
	char name[32];

	scene_begin(s, 1);
	scene_process(s, 100, true, 0);
	scene_process(s, 101, false, 100000 + 3000);
	scene_process(s, 102, false, 500);
	s->functions = xcalloc(1001, sizeof(*s->functions));
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "function_%d", i);
		s->functions[s->nfunctions++] = (struct stack_function){
			.kind = FRAME_NATIVE,
			.object = xstrdup("app"),
			.name = xstrdup(name),
		};
	}
	s->traces = xcalloc(100001, sizeof(*s->traces));
	s->counts = xcalloc(100011, sizeof(*s->counts));
	for (uint32_t i = 0; i < 100000; i++) {
		struct stack_trace *t = &s->traces[s->ntraces++];

		*t = (struct stack_trace){ .frames = xcalloc(3, sizeof(*t->frames)), .nframes = 3 };
		t->frames[0] = i % 1000;
		t->frames[1] = i / 1000;
		t->frames[2] = 0;
		s->counts[s->ncounts++] = (struct stack_count){ i, 1, { i % 33333 == 7 ? 751 : 1 } };
	}
	for (uint32_t i = 0; i < 10; i++)
		s->counts[s->ncounts++] = (struct stack_count){ i * 777, 2, { 50 } };
}

static void test_trim__leaves_the_heaviest_and_every_sample(void **state)
{
	cleanup(stacks_release) struct stacks s = { 0 };
	cleanup(buf_release) struct buf b = { 0 };
	uint64_t one, two;
	size_t most = 20000;

	scene_many(&s);
	one = samples(&s, 1);
	two = samples(&s, 2);
	stacks_trim(&s, most);
	assert_true(stacks_size(&s) <= most);
	assert_between(s.ntraces, 100, 1000);
	assert_true(samples(&s, 1) == one && samples(&s, 2) == two);
	assert_true(of_leaf(&s, "function_7") >= 751);
	assert_true(of_leaf(&s, STACKS_REST) > 90000);
	assert_true(stacks_put(&s, &b));
	assert_between(b.len, most / 4, most);
	/* once more, and smaller: there is one rest */
	stacks_trim(&s, 2000);
	assert_true(stacks_size(&s) <= 2000);
	assert_true(samples(&s, 1) == one && samples(&s, 2) == two);
	stacks_trim(&s, 0);
	assert_int_equal(s.ntraces, 1);
	assert_int_equal(s.nfunctions, 1);
	assert_int_equal(s.ncounts, 2);
	assert_true(of_leaf(&s, STACKS_REST) == one + two);
}

static void test_trim__leaves_a_small_one_as_it_is(void **state)
{
	cleanup(stacks_release) struct stacks s = { 0 };

	scene_server(&s);
	stacks_trim(&s, stacks_size(&s));
	assert_int_equal(s.ncounts, 9);
	assert_int_equal(of_leaf(&s, STACKS_REST), 0);
}

/* The report of a trimmed span still comes to what the kernel counted. */
static void test_trim__report(void **state)
{
	cleanup(stacks_release) struct stacks s = { 0 };
	cleanup(stack_report_release) struct stack_report r = { 0 };

	scene_many(&s);
	stacks_trim(&s, 20000);
	stack_report_make(&s, &r);
	assert_int_equal(r.pool.copied, 103500);
	assert_true(r.rows[0].role == STACK_OTHER && r.pool.exact);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merge__adds_up),
		cmocka_unit_test(test_merge__of_one_span_is_that_span),
		cmocka_unit_test(test_merge__absent_and_reused),
		cmocka_unit_test(test_merge__not_of_one_watch),
		cmocka_unit_test(test_trim__leaves_the_heaviest_and_every_sample),
		cmocka_unit_test(test_trim__leaves_a_small_one_as_it_is),
		cmocka_unit_test(test_trim__report),
	};

	return cmocka_run_group_tests_name("stacks_fold", tests, NULL, NULL);
}
