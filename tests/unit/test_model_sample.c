#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "model/sample.h"

/* Each of the facts that lie in a struct of nothing but facts. */
static void assert_all_absent(const void *facts, size_t size)
{
	const fact *f = facts;
	size_t i;

	for (i = 0; i < size / sizeof(*f); i++)
		assert_true(f[i] == ABSENT);
}

static void test_sample__process_begins_with_nothing_known(void **state)
{
	struct proc_sample p;

	memset(&p, 0x5a, sizeof(p));
	proc_sample_init(&p);
	assert_all_absent(&p.memory, sizeof(p.memory));
	assert_all_absent(&p.pages, sizeof(p.pages));
	assert_all_absent(&p.growth, sizeof(p.growth));
	assert_true(p.threads == ABSENT);
	assert_true(p.minflt == ABSENT && p.majflt == ABSENT);
	assert_true(p.cminflt == ABSENT && p.cmajflt == ABSENT);
	assert_int_equal(p.level, LEVEL_NONE);
	assert_int_equal(p.exactness, EXACTNESS_UNKNOWN);
	assert_int_equal(p.pid, 0);
	assert_null(p.comm);
	assert_null(p.gaps);
	assert_int_equal(p.ngaps, 0);
}

static void test_sample__sample_begins_with_nothing_known(void **state)
{
	struct sample s;

	memset(&s, 0x5a, sizeof(s));
	sample_init(&s);
	assert_true(s.host.memory_bytes == ABSENT && s.host.available_bytes == ABSENT);
	assert_true(s.host.cached_bytes == ABSENT && s.host.swap_used_bytes == ABSENT);
	assert_true(s.walked == ABSENT && s.skipped == ABSENT);
	assert_true(s.own_ns == ABSENT && s.budget_ppm == ABSENT);
	assert_true(s.footprint_pages == ABSENT);
	assert_null(s.procs);
	assert_int_equal(s.nprocs, 0);
}

static void test_sample__gaps_are_noted_once(void **state)
{
	cleanup(proc_sample_release) struct proc_sample p;

	proc_sample_init(&p);
	proc_sample_gap(&p, "pagemap", EACCES, "CAP_SYS_PTRACE");
	proc_sample_gap(&p, "page flags", 0, "CAP_SYS_ADMIN");
	proc_sample_gap(&p, "pagemap", EPERM, "something else");
	assert_int_equal(p.ngaps, 2);
	assert_string_equal(p.gaps[0].what, "pagemap");
	assert_int_equal(p.gaps[0].error, EACCES);
	assert_string_equal(p.gaps[0].needs, "CAP_SYS_PTRACE");
	assert_string_equal(p.gaps[1].what, "page flags");
}

static void test_sample__long_gaps_are_cut_and_noted_once(void **state)
{
	static const char what[] = "what is longer than its member of thirty-two bytes";
	cleanup(proc_sample_release) struct proc_sample p;

	proc_sample_init(&p);
	proc_sample_gap(&p, what, 0, "");
	proc_sample_gap(&p, what, 0, "");
	assert_int_equal(p.ngaps, 1);
	assert_int_equal(strlen(p.gaps[0].what), sizeof(p.gaps[0].what) - 1);
}

static void test_sample__finds_and_releases(void **state)
{
	struct sample s;
	int i;

	sample_init(&s);
	s.procs = xcalloc(3, sizeof(*s.procs));
	s.nprocs = 3;
	for (i = 0; i < 3; i++) {
		proc_sample_init(&s.procs[i]);
		s.procs[i].pid = 10 + i;
		s.procs[i].comm = xstrdup("a");
		s.procs[i].cmdline = xstrdup("b");
		s.procs[i].user = xstrdup("c");
		proc_sample_gap(&s.procs[i], "maps", 0, "");
	}
	assert_ptr_equal(sample_find(&s, 12), &s.procs[2]);
	assert_null(sample_find(&s, 13));
	sample_release(&s);
	assert_null(s.procs);
	assert_null(sample_find(&s, 12));
	sample_release(&s);
}

static void test_sample__names(void **state)
{
	assert_string_equal(level_name(LEVEL_NONE), "none");
	assert_string_equal(level_name(LEVEL_ROLLUP), "rollup");
	assert_string_equal(level_name(LEVEL_ESTIMATE), "estimate");
	assert_string_equal(level_name(LEVEL_EXACT), "exact");
	assert_null(exactness_name(EXACTNESS_UNKNOWN));
	assert_string_equal(exactness_name(EXACTNESS_EXACT), "exact");
	assert_string_equal(exactness_name(EXACTNESS_ESTIMATE), "estimate");
	assert_string_equal(exactness_name(EXACTNESS_UPPER_BOUND), "upper_bound");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample__process_begins_with_nothing_known),
		cmocka_unit_test(test_sample__sample_begins_with_nothing_known),
		cmocka_unit_test(test_sample__gaps_are_noted_once),
		cmocka_unit_test(test_sample__long_gaps_are_cut_and_noted_once),
		cmocka_unit_test(test_sample__finds_and_releases),
		cmocka_unit_test(test_sample__names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
