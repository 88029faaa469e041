#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
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
	assert_true(s.load_ns == ABSENT && s.load_requests == ABSENT);
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

/* A process of some kind, with so many of each list. */
static void put(struct proc_sample *p, const char *cmdline, size_t interpreters, size_t settings, size_t gaps)
{
	proc_sample_init(p);
	p->user = strdup("www");
	p->comm = strdup("app");
	p->cmdline = cmdline ? strdup(cmdline) : NULL;
	p->gc.ninterpreters = interpreters;
	p->gc.interpreters = interpreters ? calloc(interpreters, sizeof(*p->gc.interpreters)) : NULL;
	for (size_t i = 0; i < interpreters; i++)
		p->gc.interpreters[i].id = (fact)(10 * interpreters + i);
	p->gc.nsettings = settings;
	p->gc.settings = settings ? calloc(settings, sizeof(*p->gc.settings)) : NULL;
	for (size_t i = 0; i < settings; i++)
		snprintf(p->gc.settings[i].name, sizeof(p->gc.settings[i].name), "%zu of %zu", i, settings);
	for (size_t i = 0; i < gaps; i++)
		proc_sample_gap(p, (const char[]){ (char)('a' + i), 0 }, (int)(gaps + i), "root");
}

static void assert_alike(const struct sample *a, const struct sample *b)
{
	assert_int_equal(a->time_ns, b->time_ns);
	assert_int_equal(a->nprocs, b->nprocs);
	for (size_t i = 0; i < a->nprocs; i++) {
		const struct proc_sample *x = &a->procs[i], *y = &b->procs[i];

		assert_int_equal(x->pid, y->pid);
		assert_string_equal(x->user, y->user);
		assert_string_equal(x->comm, y->comm);
		assert_string_equal(x->cmdline ? x->cmdline : "none", y->cmdline ? y->cmdline : "none");
		assert_ptr_not_equal(x->user, y->user);
		assert_int_equal(x->gc.ninterpreters, y->gc.ninterpreters);
		assert_int_equal(x->gc.nsettings, y->gc.nsettings);
		assert_int_equal(x->ngaps, y->ngaps);
		for (size_t k = 0; k < x->gc.ninterpreters; k++)
			assert_int_equal(x->gc.interpreters[k].id, y->gc.interpreters[k].id);
		for (size_t k = 0; k < x->gc.nsettings; k++)
			assert_string_equal(x->gc.settings[k].name, y->gc.settings[k].name);
		for (size_t k = 0; k < x->ngaps; k++)
			assert_int_equal(x->gaps[k].error, y->gaps[k].error);
	}
}

/* Whatever stood there: titles and lists that grow, shrink, come and go, and other processes. */
static void test_sample__copies_over_another(void **state)
{
	static const struct {
		const char *cmdline;
		size_t interpreters, settings, gaps, nprocs;
	} steps[] = {
		{ "app", 1, 0, 0, 2 }, { "app", 1, 0, 0, 2 }, { "app: busy", 2, 3, 1, 2 },
		{ NULL, 0, 3, 2, 2 },  { "app", 3, 0, 2, 2 }, { "app: longer title", 1, 1, 0, 3 },
		{ "", 0, 0, 0, 1 },    { "app", 1, 1, 1, 0 }, { "app", 1, 1, 1, 2 },
	};
	cleanup(sample_release) struct sample copy = { 0 };

	for (size_t n = 0; n < sizeof(steps) / sizeof(*steps); n++) {
		cleanup(sample_release) struct sample s;

		sample_init(&s);
		s.time_ns = (int64_t)n;
		s.nprocs = steps[n].nprocs;
		s.procs = calloc(s.nprocs + 1, sizeof(*s.procs));
		for (size_t i = 0; i < s.nprocs; i++) {
			put(&s.procs[i], steps[n].cmdline, steps[n].interpreters, steps[n].settings,
			    steps[n].gaps);
			s.procs[i].pid = (pid_t)(n + i);
		}
		sample_copy_over(&copy, &s);
		assert_alike(&copy, &s);
	}
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
		cmocka_unit_test(test_sample__copies_over_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
