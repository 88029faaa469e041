#include "lib/findings_stage.h"
#include "lib/why_made.h"

/*
 * Findings where it is foretold what freezing gives back: that takes the place of what collections were seen to copy.
 */

#define INHERITED 25600

/* Two workers that copied most in a full collection that was seen. */
static void collected(struct analysis_steps *c, fact copied)
{
	steps_begin(c);
	analysis_leave_findings(c->analysis);
	for (int second = 0; second < 2; second++) {
		const fact now = second ? copied : 512, pages[6] = { INHERITED - now, 0, now, 0, 100, 100 };

		steps_at(c, second);
		for (pid_t pid = 101; pid <= 102; pid++) {
			struct proc_sample *p = fixture_add(&c->s, pid, -50, pages);

			p->growth.cow = now;
			fixture_gc(p, 1, 700, 0)->collections[2] = second;
		}
		master_gc(c, 1, 700, 0)->collections[2] = 0;
		steps_look(c);
	}
}

static void find_with(struct analysis_steps *c, struct why_worker kind)
{
	why_made(&c->snap, &kind, 1);
	analysis_add_findings(c->analysis, &c->snap);
}

static void test_why__the_gain_instead_of_what_was_copied(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;

	collected(&c, 11264);
	find_with(&c, why_made_young(0));
	f = the_finding(&c, FINDING_NEVER_FROZEN);
	assert_true(fabs(f->value - 2 * 16.3 * 1048576) < 1);
	assert_true(fabs(f->low - 2 * 14.2 * 1048576) < 1 && fabs(f->high - 2 * 18.4 * 1048576) < 1);
	assert_int_equal(f->label, LABEL_ESTIMATE);
	assert_string_equal(f->unit, "bytes");
	assert_string_equal(
		f->text,
		"nothing is frozen (gc.freeze) and gc is on in 2 of 2 workers: freezing before the fork gives back "
		"about 16.3 MiB (14.2 to 18.4) in each, and nothing of about 10.6 MiB that a collection copied first: "
		"references would have followed");
}

/* Bounds are said as bounds. */
static void test_why__only_bounds(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;

	collected(&c, 11264);
	find_with(&c, why_made_old());
	f = the_finding(&c, FINDING_NEVER_FROZEN);
	assert_int_equal(f->label, LABEL_UPPER_BOUND);
	assert_non_null(
		strstr(f->text, "freezing before the fork gives back between 0.0 and 29.4 MiB in each"));
}

/* No full collection yet: what the first one takes is not lost so far. */
static void test_why__at_risk(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;

	collected(&c, 600);
	find_with(&c, why_made_waiting());
	f = the_finding(&c, FINDING_NEVER_FROZEN);
	assert_string_equal(
		f->text,
		"nothing is frozen (gc.freeze) and gc is on in 2 of 2 workers: freezing before the fork keeps "
		"between 0.0 and 40.2 MiB in each");
}

/* The collector copied much first and freezing gives little back: that is no finding about the collector. */
static void test_why__little_to_gain(void **state)
{
	struct why_worker k = why_made_young(0);
	cleanup(steps_end) struct analysis_steps c, before;
	const struct finding *f;

	k.causes[WHY_COLLECTOR_ONLY] = why_between(0.3, 0, 0.9);
	k.causes[WHY_COLLECTOR_FIRST] = why_between(26.6, 26, 26.9);
	collected(&c, 11264);
	find_with(&c, k);
	assert_none(&c);
	/* where much came without one, that is said, and the gain */
	steps_begin(&before);
	analysis_leave_findings(before.analysis);
	steps_at(&before, 0);
	fixture_gc(fixture_add(&before.s, 101, -50, (const fact[6]){ 12800, 0, 12800, 0, 100, 100 }), 1, 700,
		   0)
		->collections[2] = 3;
	master_gc(&before, 1, 700, 0)->collections[2] = 3;
	steps_look(&before);
	find_with(&before, k);
	f = the_finding(&before, FINDING_NOT_BY_COLLECTOR);
	assert_non_null(strstr(f->text,
			       "gc.freeze() gives none of it back; freezing before the fork gives back "
			       "about 0.3 MiB (0.0 to 0.9) in each"));
	assert_null(strstr(f->text, "would only keep"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_why__the_gain_instead_of_what_was_copied),
		cmocka_unit_test(test_why__only_bounds),
		cmocka_unit_test(test_why__at_risk),
		cmocka_unit_test(test_why__little_to_gain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
