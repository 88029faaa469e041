/*
 * Copies that took no fault: their rates beside the faults, their event, their finding, their sum.
 */
#include "lib/analysis_steps.h"
#include "analysis/collapse_sum.h"
#include "model/field.h"

/* A worker of which so many pages were collapsed and filled so far. */
static struct proc_sample *add_collapsed(struct analysis_steps *c, pid_t pid, fact minor, fact cow,
					 fact copied, fact filled, fact sighted)
{
	struct proc_sample *p = add_worker(c, pid, -50, minor, cow, 0, 0);

	p->growth.collapsed = p->collapsed = copied;
	p->growth.filled = filled;
	p->growth.sighted = sighted;
	return p;
}

static const struct finding *finding_of(const struct analysis_steps *c)
{
	for (size_t i = 0; i < c->snap.nfindings; i++)
		if (c->snap.findings[i].kind == FINDING_COLLAPSED)
			return &c->snap.findings[i];
	return NULL;
}

static void test_collapse__takes_no_fault(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct fault_figures *f;

	steps_begin(&c);
	steps_at(&c, 0);
	add_collapsed(&c, 101, 1000, 0, 0, 0, 0);
	steps_look(&c);
	steps_at(&c, 2);
	add_collapsed(&c, 101, 1010, 6, 512, 100, 0);
	steps_look(&c);
	f = &find(&c, 101)->figures.faults;
	assert_figure(f->minor_per_s, 5);
	assert_figure(f->cow_per_s, 3);
	assert_figure(f->other_per_s, 2);
	assert_figure(f->cow_fraction, 0.6);
	assert_figure(f->collapsed_per_s, 256);
	assert_figure(f->filled_per_s, 50);
	assert_figure(c.snap.pool.faults.collapsed_per_s, 256);
	assert_figure(c.snap.pool.pages.collapsed, 512);
}

static void test_collapse__event(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct event *e;

	steps_begin(&c);
	steps_at(&c, 0);
	add_collapsed(&c, 101, 1000, 0, 0, 0, 0);
	add_collapsed(&c, 102, 1000, 0, 300, 7, 300); /* found so: nothing has happened */
	steps_look(&c);
	assert_no_event(&c, EVENT_COLLAPSED);
	steps_at(&c, 1);
	add_collapsed(&c, 101, 1000, 0, 256, 16, 0);
	add_collapsed(&c, 102, 1000, 0, 300, 7, 300);
	steps_look(&c);
	e = find_event(&c, EVENT_COLLAPSED);
	assert_int_equal(e->pid, 101);
	assert_figure(e->cow_bytes, 256 * FIXTURE_PAGE);
	assert_string_equal(e->text, "the kernel collapsed pages of worker 1 into huge pages: 1.0 MiB copied "
				     "without a fault, 64.0 KiB new in holes");
	assert_string_equal(event_type_name(e->type), "collapsed");
}

static void test_collapse__finding(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;

	steps_begin(&c);
	steps_at(&c, 0);
	add_collapsed(&c, 101, 1000, 0, 63, 0, 0);
	add_collapsed(&c, 102, 1000, 0, 0, 9000, 0);
	steps_look(&c);
	assert_null(finding_of(&c)); /* too little */
	steps_at(&c, 1);
	c.s.procs[0].collapsed = 256;
	c.s.procs[0].growth.sighted = 0;
	add_collapsed(&c, 101, 1000, 0, 256, 0, 0);
	add_collapsed(&c, 102, 1000, 0, 0, 9000, 0);
	steps_look(&c);
	f = finding_of(&c);
	assert_non_null(f);
	assert_int_equal(f->pid, 0);
	assert_figure(f->value, 512 * FIXTURE_PAGE);
	assert_int_equal(f->label, LABEL_EXACT);
	assert_string_equal(f->text,
			    "huge pages: the kernel, no code, copied 2.0 MiB in the master and 1 of 2 "
			    "workers; PR_SET_THP_DISABLE in the master before the fork, or "
			    "khugepaged/max_ptes_shared 0, prevents that");
	assert_string_equal(finding_kind_name(f->kind), "collapsed");
}

/* What the first look found may have been copied by faults, a page a fault. */
static void test_collapse__label(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	struct measure m;

	steps_begin(&c);
	steps_at(&c, 0);
	add_collapsed(&c, 101, 212, 0, 1024, 0, 1024);
	steps_look(&c);
	m = PROCESS_MEASURE(find(&c, 101), pages.collapsed);
	assert_int_equal(m.label, LABEL_UPPER_BOUND);
	assert_figure(m.high, 1024);
	assert_figure(m.low, 1024 - 212);
	m = POOL_MEASURE(&c.snap, pages.collapsed);
	assert_int_equal(m.label, LABEL_UPPER_BOUND);
	assert_figure(m.low, 1024 - 212);
	assert_int_equal(finding_of(&c)->pid, 101);
	assert_non_null(strstr(finding_of(&c)->text, "at most 4.0 MiB"));
}

/* Huge pages that all have: perhaps each made its own after the fork, and the kernel collapsed nothing. */
static void test_collapse__perhaps_none(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	struct proc_sample *p;
	struct measure m;

	steps_begin(&c);
	steps_at(&c, 0);
	p = add_collapsed(&c, 101, 212, 0, 1024, 0, 1024);
	p->pages.cow_broken = 1030;
	p->exactness = EXACTNESS_UPPER_BOUND;
	p->doubt = (struct doubt_facts){ .new = 1030 };
	steps_look(&c);
	m = PROCESS_MEASURE(find(&c, 101), pages.collapsed);
	assert_int_equal(m.label, LABEL_UPPER_BOUND);
	assert_figure(m.low, 0);
	assert_figure(m.high, 1024);
	assert_null(finding_of(&c));
}

static void test_collapse__unknown_stays_unknown(void **state)
{
	cleanup(steps_end) struct analysis_steps c;

	steps_begin(&c);
	for (int i = 0; i < 2; i++) {
		steps_at(&c, i);
		add_collapsed(&c, 101, 1000 + 5 * i, 5 * i, ABSENT, ABSENT, ABSENT);
		steps_look(&c);
	}
	assert_unknown(find(&c, 101)->figures.pages.collapsed);
	assert_unknown(c.snap.pool.faults.collapsed_per_s);
	assert_figure(c.snap.pool.faults.cow_per_s, 5);
	assert_no_event(&c, EVENT_COLLAPSED);
}

static void test_collapse__sum(void **state)
{
	cleanup(collapse_sum_release) struct collapse_sum sum = { 0 };
	cleanup(steps_end) struct analysis_steps c;

	steps_begin(&c);
	steps_at(&c, 0);
	add_collapsed(&c, 101, 1000, 0, 100, 0, 100);
	collapse_sum_add(&sum, &c.s);
	assert_figure(sum.copied, 0);
	steps_at(&c, 1);
	add_collapsed(&c, 101, 1000, 0, 150, 5, 100);
	add_collapsed(&c, 102, 1000, 0, 40, 0, 0)->start_ns = c.s.time_ns - 1; /* born since */
	add_collapsed(&c, 103, 1000, 0, 70, 0, 70);                            /* missed before */
	collapse_sum_add(&sum, &c.s);
	assert_figure(sum.copied, 90);
	steps_at(&c, 2);
	add_collapsed(&c, 103, 1000, 0, 71, 0, 70); /* the others are gone */
	collapse_sum_add(&sum, &c.s);
	assert_figure(sum.copied, 91);
	assert_figure(sum.filled, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_collapse__takes_no_fault),
		cmocka_unit_test(test_collapse__event),
		cmocka_unit_test(test_collapse__finding),
		cmocka_unit_test(test_collapse__label),
		cmocka_unit_test(test_collapse__perhaps_none),
		cmocka_unit_test(test_collapse__unknown_stays_unknown),
		cmocka_unit_test(test_collapse__sum),
	};

	return cmocka_run_group_tests_name("analysis_collapse", tests, NULL, NULL);
}
