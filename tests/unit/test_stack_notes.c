#include "lib/stacks_scene.h"
#include "analysis/stack_report.h"
#include "model/stack_notes.h"

static void note_of(const struct stacks *s, enum stack_note note, struct buf *out)
{
	cleanup(stack_report_release) struct stack_report r = { 0 };

	stack_report_make(s, &r);
	stack_note(out, &r, note);
}

static void assert_note(const struct stacks *s, enum stack_note note, const char *want)
{
	cleanup(buf_release) struct buf out = { 0 };

	note_of(s, note, &out);
	assert_string_equal(out.data ? out.data : "", want);
}

static void assert_few(uint32_t period, fact copies, uint64_t samples, const char *want)
{
	cleanup(stacks_release) struct stacks s = { 0 };

	scene_begin(&s, period);
	scene_process(&s, 100, true, copies);
	if (samples)
		scene_count(&s, 0, PAGE_EVENT_COPIED, samples, "main", "f", NULL);
	assert_note(&s, STACK_NOTE_FEW, want);
}

static void test_too_few_samples(void **state)
{
	assert_few(64, 12, 0,
		   "12 copies in that time are few for one stack in 64: --every 1 takes the stack of each");
	assert_few(64, 1, 0,
		   "1 copy in that time is few for one stack in 64: --every 1 takes the stack of each");
	assert_few(64, 200, 3,
		   "200 copies in that time are few for one stack in 64: --every 2 takes some 100");
	assert_few(64, 1600, 25,
		   "1600 copies in that time are few for one stack in 64: --every 16 takes some 100");
	assert_few(64, 6400, 99, ""); /* as many as that period can give */
	assert_few(64, 64000, 1000, "");
	assert_few(64, 0, 0, "");
	assert_few(1, 12, 12, "");
	/* estimated, where nothing has counted them */
	assert_few(64, ABSENT, 12,
		   "768 copies in that time are few for one stack in 64: --every 4 takes some 192");
}

/* Without privilege faults are sampled, not copies. */
static void test_too_few_of_what_is_sampled(void **state)
{
	cleanup(stacks_release) struct stacks s = { 0 };

	scene_begin(&s, 64);
	s.method = STACKS_SOFTWARE;
	scene_process(&s, 100, true, ABSENT)->faults = 500;
	scene_count(&s, 0, PAGE_EVENT_COPIED, 7, "main", "f", NULL);
	assert_note(&s, STACK_NOTE_FEW,
		    "500 faults in that time are few for one stack in 64: --every 4 takes some 125");
	s.processes[0].faults = ABSENT;
	assert_note(&s, STACK_NOTE_FEW, "");
}

/* Pages in a loop of that CPython, without and with a Python function. */
static void python(struct stacks *s, const char *loop, uint64_t unnamed, uint64_t named)
{
	scene_begin(s, 1);
	scene_process(s, 100, true, (fact)(unnamed + named));
	scene_count(s, 0, PAGE_EVENT_COPIED, unnamed, "_start", loop, NULL);
	if (named)
		scene_count(s, 0, PAGE_EVENT_COPIED, named, "_start", loop, "py:f@/srv/app.py:3", NULL);
}

static void assert_unnamed(const char *loop, uint64_t unnamed, uint64_t named, const char *want)
{
	cleanup(stacks_release) struct stacks s = { 0 };

	python(&s, loop, unnamed, named);
	assert_note(&s, STACK_NOTE_UNNAMED, want);
}

static void test_no_python_functions(void **state)
{
	static const char most[] = "most stacks have no Python function: ";
	static const struct {
		const char *loop, *want;
	} cases[] = {
		{ "libpython2.7.so.1.0!PyEval_EvalFrameEx",
		  "of Python 2.7 they are not read from outside, and -X perf, with which all stacks have them, comes "
		  "with 3.12" },
		{ "python3.8!_PyEval_EvalFrameDefault",
		  "of Python 3.8 they are not read from outside, and -X perf, with which all stacks have them, comes "
		  "with 3.12" },
		{ "libpython3.11.so.1.0!_PyEval_EvalFrameDefault",
		  "of Python 3.11 they are read from outside only while it collects or ends, and -X perf, with which "
		  "all stacks have them, comes with 3.12" },
		{ "python3.12!_PyEval_EvalFrameDefault",
		  "of Python 3.12 they are read from outside only while it collects or ends; started with -X perf, or "
		  "with PYTHONPERFSUPPORT=1, all stacks have them" },
		{ "python3.14!_TAIL_CALL_CALL",
		  "of Python 3.14 they are read from outside only while it collects or ends; started with -X perf, or "
		  "with PYTHONPERFSUPPORT=1, all stacks have them" },
		{ "python3.13t!_PyEval_EvalFrameDefault",
		  "of Python 3.13t they are not read from outside; started with -X perf, or with PYTHONPERFSUPPORT=1, "
		  "all stacks have them" },
		{ "python3.15!_PyEval_EvalFrameDefault",
		  "of Python 3.15 they are not read from outside; started with -X perf, or with PYTHONPERFSUPPORT=1, "
		  "all stacks have them" },
		{ "uwsgi!_PyEval_EvalFrameDefault", "start Python with -X perf, which it has from 3.12 on" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char want[256];

		snprintf(want, sizeof(want), "%s%s", most, cases[i].want);
		assert_unnamed(cases[i].loop, 100, 10, want);
		assert_unnamed(cases[i].loop, 10, 10, "");
		assert_unnamed(cases[i].loop, 0, 10, "");
	}
	assert_unnamed("app!handle", 100, 0, "");
	assert_unnamed("node!Builtins_InterpreterEntryTrampoline", 100, 0, "");
}

static void test_free_threaded(void **state)
{
	cleanup(stacks_release) struct stacks s = { 0 }, with = { 0 };

	python(&s, "libpython3.14t.so.1.0!_PyEval_EvalFrameDefault", 10, 0);
	assert_note(&s, STACK_NOTE_FREE,
		    "Python 3.14t is free-threaded: its reference counts are not told from other data");
	python(&with, "python3.14!_PyEval_EvalFrameDefault", 10, 0);
	assert_note(&with, STACK_NOTE_FREE, "");
}

static void test_a_version_from_a_file(void **state)
{
	static const char *const none[] = { "python", "python3", "libpython3.so", "pythonista3.1", "python.3",
					    "",       "lib",     "python3.x",     "ruby3.1" };

	assert_int_equal(stack_python_of("python3.13t").minor, 13);
	assert_true(stack_python_of("python3.13t").free_threaded);
	assert_false(stack_python_of("python3.13").free_threaded);
	assert_int_equal(stack_python_of("libpython2.7.so.1.0").major, 2);
	assert_int_equal(stack_python_of("libpython2.7.so.1.0").minor, 7);
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		assert_int_equal(stack_python_of(none[i]).major, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_too_few_samples),
		cmocka_unit_test(test_too_few_of_what_is_sampled),
		cmocka_unit_test(test_no_python_functions),
		cmocka_unit_test(test_free_threaded),
		cmocka_unit_test(test_a_version_from_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
