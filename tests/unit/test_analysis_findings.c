#include "lib/findings_stage.h"

/*
 * Each finding about settings where it applies, and the neighbouring cases where it does not.
 */

static void test_findings__never_frozen(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;

	steps_begin(&c);
	pool_of(&c, 0, 3, 1, 700, 0);
	fixture_gc(&c.s.procs[3], 0, 700, 0);
	master_gc(&c, 1, 700, 0);
	steps_look(&c);
	f = the_finding(&c, FINDING_NEVER_FROZEN);
	assert_int_equal(f->pid, 0);
	assert_figure(f->value, 1400 * FIXTURE_PAGE);
	assert_string_equal(f->unit, "bytes");
	assert_int_equal(f->label, LABEL_UPPER_BOUND);
	assert_string_equal(
		f->text, "nothing is frozen (gc.freeze) and gc is on in 2 of 3 workers: no full "
			 "collection is known of yet, the first can break at most 2.7 MiB in each; 2.0 MiB "
			 "copied so far came without one");
}

/* Without a ledger the settings are still a finding; its figure is the number of workers. */
static void test_findings__never_frozen_without_a_ledger(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;

	steps_begin(&c);
	pool_of(&c, 0, 1, 1, 700, 0);
	master_gc(&c, 1, 700, 0);
	fixture_hide_pages(&c.s.procs[1], LEVEL_ROLLUP);
	steps_look(&c);
	f = the_finding(&c, FINDING_NEVER_FROZEN);
	assert_int_equal(f->pid, 101);
	assert_figure(f->value, 1);
	assert_string_equal(f->unit, "workers");
	assert_string_equal(f->text, "nothing is frozen (gc.freeze) and gc is on in 1 of 1 worker");
}

static void test_findings__exactness_of_the_figure(void **state)
{
	cleanup(steps_end) struct analysis_steps c;

	steps_begin(&c);
	pool_of(&c, 0, 2, 1, 700, 0);
	master_gc(&c, 1, 700, 0);
	c.s.procs[1].exactness = EXACTNESS_UPPER_BOUND;
	steps_look(&c);
	assert_non_null(strstr(the_finding(&c, FINDING_NEVER_FROZEN)->text,
			       "at most 2.0 MiB copied so far came without one"));
}

static void test_findings__not_never_frozen(void **state)
{
	static const fact small[6] = { 150, 0, 50, 0, 92, 100 };
	static const struct {
		fact enabled, first, frozen;
	} workers[] = {
		{ 1, 700, 1 },      /* protected */
		{ 0, 700, 0 },      /* off */
		{ 1, 0, 0 },        /* off by its threshold */
		{ 1, 700, ABSENT }, /* not known */
		{ ABSENT, 700, 0 },
	};
	cleanup(steps_end) struct analysis_steps c;
	size_t i;

	steps_begin(&c);
	for (i = 0; i < sizeof(workers) / sizeof(*workers); i++) {
		pool_of(&c, (double)i, 2, workers[i].enabled, workers[i].first, workers[i].frozen);
		master_gc(&c, 1, 700, i == 0 ? 1 : 0);
		steps_look(&c);
		assert_none(&c);
		/* Each case for itself: what was frozen once stays in mind. */
		steps_end(&c);
		steps_begin(&c);
	}

	/* The master is not known; no ledger says that little was inherited; it is no CPython. */
	pool_of(&c, 10, 2, 1, 700, 0);
	steps_look(&c);
	assert_none(&c);
	pool_of(&c, 11, 0, 0, 0, 0);
	fixture_gc(fixture_add(&c.s, 101, -50, small), 1, 700, 0);
	master_gc(&c, 1, 700, 0);
	steps_look(&c);
	assert_none(&c);
	pool_of(&c, 12, 2, 1, 700, 0);
	master_gc(&c, 1, 700, 0);
	c.s.procs[0].gc.runtime = c.s.procs[1].gc.runtime = c.s.procs[2].gc.runtime = RUNTIME_RUBY;
	steps_look(&c);
	assert_none(&c);

	/* Unfrozen: then somebody has frozen. */
	pool_of(&c, 13, 2, 1, 700, 1);
	master_gc(&c, 1, 700, 1);
	steps_look(&c);
	assert_none(&c);
	pool_of(&c, 14, 2, 1, 700, 0);
	master_gc(&c, 1, 700, 0);
	steps_look(&c);
	assert_none(&c);
}

/* There is nothing to freeze with before 3.7. */
static void test_findings__versions_without_freeze(void **state)
{
	static const char *const versions[] = { "2.7.18", "3.6.15", "3.7.0", "3.16.0" };
	cleanup(steps_end) struct analysis_steps c;
	size_t i, p;

	for (i = 0; i < 4; i++) {
		steps_begin(&c);
		pool_of(&c, 0, 2, 1, 700, i < 2 ? ABSENT : 0);
		master_gc(&c, i != 1, 700, i < 2 ? ABSENT : 0);
		for (p = 0; p < 3; p++)
			strcpy(c.s.procs[p].gc.version, versions[i]);
		steps_look(&c);
		if (i == 0)
			assert_none(&c);
		else
			the_finding(&c, i == 1 ? FINDING_REENABLED : FINDING_NEVER_FROZEN);
		if (i < 3)
			steps_end(&c);
	}
}

static void test_findings__frozen_after_the_fork(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;

	steps_begin(&c);
	pool_of(&c, 0, 4, 1, 700, 1);
	fixture_gc(&c.s.procs[4], 0, 700, 0);
	master_gc(&c, 1, 700, 0);
	steps_look(&c);
	f = the_finding(&c, FINDING_FROZEN_AFTER_FORK);
	assert_figure(f->value, 780 * FIXTURE_PAGE);
	assert_string_equal(f->text, "gc.freeze() belongs into the master, before the fork: nothing is "
				     "frozen there, but in 3 of 4 workers; they have copied 3.0 MiB so far");

	/* Frozen in the master, and everybody as it should be; then unfrozen there. */
	pool_of(&c, 1, 4, 1, 700, 1);
	master_gc(&c, 1, 700, 1);
	steps_look(&c);
	assert_none(&c);
	pool_of(&c, 2, 4, 1, 700, 1);
	master_gc(&c, 1, 700, 0);
	steps_look(&c);
	assert_none(&c);
}

/* From the second worker on the master freezes before each fork, and unfreezes after it. */
static void test_findings__frozen_around_later_forks(void **state)
{
	cleanup(steps_end) struct analysis_steps c;

	steps_begin(&c);
	pool_of(&c, 0, 4, 1, 700, 1);
	fixture_gc(&c.s.procs[1], 1, 700, 0);
	master_gc(&c, 1, 700, 0);
	steps_look(&c);
	assert_none(&c);
}

static void test_findings__frozen_master_unknown(void **state)
{
	cleanup(steps_end) struct analysis_steps c;

	steps_begin(&c);
	pool_of(&c, 0, 4, 1, 700, 1);
	master_gc(&c, 1, 700, ABSENT);
	steps_look(&c);
	assert_none(&c);
}

static void test_findings__imported_after_the_freeze(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;

	steps_begin(&c);
	pool_of(&c, 0, 2, 1, 700, 1);
	master_gc(&c, 0, 700, 1)->counts[0] = 52000;
	steps_look(&c);
	f = the_finding(&c, FINDING_IMPORTED_AFTER_FREEZE);
	assert_int_equal(f->pid, 100);
	assert_figure(f->value, 52000);
	assert_string_equal(f->unit, "objects");
	assert_string_equal(f->text, "the master has 52000 objects that it made after gc.freeze(): they are "
				     "not frozen, freeze last, after all imports");

	/* A few objects; a collector in the master, which counts anew; nobody who would collect. */
	pool_of(&c, 1, 2, 1, 700, 1);
	master_gc(&c, 0, 700, 1)->counts[0] = 9999;
	steps_look(&c);
	assert_none(&c);
	pool_of(&c, 2, 2, 1, 700, 1);
	master_gc(&c, 1, 100000, 1)->counts[0] = 52000;
	steps_look(&c);
	assert_none(&c);
	pool_of(&c, 3, 2, 0, 700, 1);
	master_gc(&c, 0, 700, 1)->counts[0] = 52000;
	steps_look(&c);
	assert_none(&c);
	pool_of(&c, 4, 2, 1, 700, 1);
	master_gc(&c, 0, 700, 1)->counts[0] = ABSENT;
	steps_look(&c);
	assert_none(&c);
}

static void test_findings__thresholds_differ(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;

	steps_begin(&c);
	pool_of(&c, 0, 4, 1, 0, 0);
	master_gc(&c, 1, 0, 0);
	steps_look(&c);
	assert_none(&c);

	pool_of(&c, 1, 4, 1, 0, 0);
	fixture_gc(&c.s.procs[2], 1, 700, 0);
	master_gc(&c, 1, 0, 0);
	steps_look(&c);
	f = the_finding(&c, FINDING_THRESHOLDS_DIFFER);
	assert_int_equal(f->pid, 102);
	assert_figure(f->value, 260 * FIXTURE_PAGE);
	assert_string_equal(f->text, "the master has thresholds 0,10,10, but gc is on in 1 of 4 workers, "
				     "with 700,10,10; it has copied 1.0 MiB so far");

	/* Frozen and on again is how it is meant. */
	pool_of(&c, 2, 4, 1, 700, 1);
	master_gc(&c, 1, 0, 1);
	steps_look(&c);
	assert_none(&c);
}

static void test_findings__reenabled(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;

	steps_begin(&c);
	pool_of(&c, 0, 4, 0, 700, 0);
	master_gc(&c, 0, 700, 0);
	steps_look(&c);
	assert_none(&c);

	pool_of(&c, 1, 4, 0, 700, 0);
	fixture_gc(&c.s.procs[3], 1, 700, 0);
	master_gc(&c, 0, 700, 0);
	steps_look(&c);
	f = the_finding(&c, FINDING_REENABLED);
	assert_int_equal(f->pid, 103);
	assert_figure(f->value, 260 * FIXTURE_PAGE);
	assert_string_equal(
		f->text, "gc is disabled in the master and on again in 1 of 4 workers, with "
			 "nothing frozen: something calls gc.enable() there; it has copied 1.0 MiB so far");

	/* As the manual of gc.freeze() has it: disable, freeze, fork, enable. */
	pool_of(&c, 2, 4, 1, 700, 1);
	master_gc(&c, 0, 700, 1);
	steps_look(&c);
	assert_none(&c);

	/* Enabled, but a threshold of 0 keeps it off. */
	pool_of(&c, 3, 4, 1, 0, 0);
	master_gc(&c, 0, 0, 0);
	steps_look(&c);
	assert_none(&c);
}

static void test_findings__freeze_loop(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;
	int i;

	steps_begin(&c);
	for (i = 0; i < 4; i++) {
		pool_of(&c, i, 2, 1, 700, 1);
		fixture_gc(&c.s.procs[2], 1, 700, i % 2);
		master_gc(&c, 1, 700, 1);
		steps_look(&c);
		if (i < 3)
			assert_none(&c);
	}
	f = the_finding(&c, FINDING_FREEZE_LOOP);
	assert_int_equal(f->pid, 102);
	assert_figure(f->value, 3);
	assert_string_equal(f->unit, "times");
	assert_string_equal(f->text, "gc.freeze() and gc.unfreeze() take turns in worker 2, 3 times in 60 "
				     "samples: garbage that is frozen is never collected");

	/* Forgotten when it is over. */
	for (; i < 60; i++) {
		pool_of(&c, i, 2, 1, 700, 1);
		master_gc(&c, 1, 700, 1);
		steps_look(&c);
		assert_int_equal(c.snap.nfindings, 1);
	}
	for (; i < 64; i++) {
		pool_of(&c, i, 2, 1, 700, 1);
		master_gc(&c, 1, 700, 1);
		steps_look(&c);
	}
	assert_none(&c);
}

static void test_findings__not_sharing(void **state)
{
	static const fact lazy[6] = { 400, 100, 500, 20, 45000, 3000 };
	static const fact backend[6] = { 100, 0, 200, 0, 100, 40000 };
	static const fact grown[6] = { 9000, 100, 2000, 20, 45000, 3000 };
	static const fact small[6] = { 100, 0, 100, 0, 2500, 1000 };
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;

	steps_begin(&c);
	steps_at(&c, 0);
	fixture_add(&c.s, 101, -50, lazy);
	fixture_add(&c.s, 102, -50, lazy);
	steps_look(&c);
	f = the_finding(&c, FINDING_NOT_SHARING);
	assert_int_equal(f->pid, 0);
	assert_figure(f->value, 90000 * FIXTURE_PAGE);
	assert_string_equal(f->unit, "bytes");
	assert_string_equal(f->text,
			    "each worker has made 175.8 MiB for itself and has 3.9 MiB from the "
			    "master: the application is most likely loaded after the fork, not before "
			    "(gunicorn: --preload, or preload_app = True)");

	/* Nothing but shared buffers; a share that is worth something; small workers; no ledger. */
	steps_at(&c, 1);
	fixture_add(&c.s, 101, -50, backend);
	steps_look(&c);
	assert_none(&c);
	steps_at(&c, 2);
	fixture_add(&c.s, 101, -50, grown);
	steps_look(&c);
	assert_none(&c);
	steps_at(&c, 3);
	fixture_add(&c.s, 101, -50, small);
	steps_look(&c);
	assert_none(&c);
	steps_at(&c, 4);
	fixture_hide_pages(fixture_add(&c.s, 101, -50, lazy), LEVEL_ROLLUP);
	steps_look(&c);
	assert_none(&c);
	steps_at(&c, 5);
	steps_look(&c);
	assert_none(&c);
}

/* It is the whole story, and the weightiest comes first. */
static void test_findings__order(void **state)
{
	static const fact lazy[6] = { 400, 100, 500, 20, 45000, 3000 };
	cleanup(steps_end) struct analysis_steps c;
	int i;

	steps_begin(&c);
	steps_at(&c, 0);
	fixture_gc(fixture_add(&c.s, 101, -50, lazy), 1, 700, 0);
	master_gc(&c, 1, 700, 0);
	steps_look(&c);
	the_finding(&c, FINDING_NOT_SHARING);

	for (i = 1; i < 5; i++) {
		pool_of(&c, i, 4, 1, 700, 0);
		fixture_gc(&c.s.procs[3], 1, 700, 1);
		fixture_gc(&c.s.procs[4], 1, 700, i % 2);
		master_gc(&c, 0, 700, 0);
		steps_look(&c);
	}
	assert_int_equal(c.snap.nfindings, 3);
	assert_int_equal(c.snap.findings[0].kind, FINDING_REENABLED);
	assert_figure(c.snap.findings[0].value, 780 * FIXTURE_PAGE);
	assert_int_equal(c.snap.findings[1].kind, FINDING_FROZEN_AFTER_FORK);
	assert_figure(c.snap.findings[1].value, 260 * FIXTURE_PAGE);
	assert_int_equal(c.snap.findings[2].kind, FINDING_FREEZE_LOOP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_findings__never_frozen),
		cmocka_unit_test(test_findings__never_frozen_without_a_ledger),
		cmocka_unit_test(test_findings__exactness_of_the_figure),
		cmocka_unit_test(test_findings__not_never_frozen),
		cmocka_unit_test(test_findings__versions_without_freeze),
		cmocka_unit_test(test_findings__frozen_after_the_fork),
		cmocka_unit_test(test_findings__frozen_around_later_forks),
		cmocka_unit_test(test_findings__frozen_master_unknown),
		cmocka_unit_test(test_findings__imported_after_the_freeze),
		cmocka_unit_test(test_findings__thresholds_differ),
		cmocka_unit_test(test_findings__reenabled),
		cmocka_unit_test(test_findings__freeze_loop),
		cmocka_unit_test(test_findings__not_sharing),
		cmocka_unit_test(test_findings__order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
