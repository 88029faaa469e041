/* What a trial concludes, of pools with known truth. */
#include "lib/random_state.h"
#include "lib/story_asserts.h"
#include "lib/text_asserts.h"
#include "lib/trial_scene.h"

static struct scene scene;

/* A variant of the scene: what stays shared decides what the pool costs. */
static struct scene_variant like(const char *name, fact rest, enum trial_applied applied, size_t runs)
{
	return (struct scene_variant){
		.name = name,
		.evidence = "seen",
		.applied = applied,
		.half_life = 25,
		.new_per_s = 20,
		.load_s = 30,
		.rest = rest,
		.runs = runs,
	};
}

static const struct trial *judge(const struct scene_variant *variants, size_t n, size_t runs)
{
	scene_make(&scene, variants, n, runs, false, false);
	return &scene.trial;
}

static void assert_text(const struct trial *t, const char *part)
{
	if (!strstr(t->text, part))
		fail_msg("no '%s' in: %s", part, t->text);
}

static figure footprint(const struct trial_variant *v)
{
	return v->figures[compare_find("footprint_bytes") - compare_fields].mean.value;
}

/* What shares more wins, what shares less is worse; how much is told with an interval that holds it. */
static void test_judge__best(void **state)
{
	const struct scene_variant v[] = {
		like("baseline", 9000, TRIAL_UNKNOWN, 3),
		like("a", 19000, TRIAL_APPLIED, 3),
		like("b", 14000, TRIAL_APPLIED, 3),
		like("c", 4000, TRIAL_UNKNOWN, 3),
	};
	const struct trial *t = judge(v, 4, 3);
	const struct compare_row *r = row(&t->variants[1].against, "footprint_bytes");

	assert_int_equal(t->variants[0].verdict, TRIAL_NONE);
	assert_false(t->variants[0].compared);
	assert_int_equal(t->variants[1].verdict, TRIAL_BETTER);
	assert_int_equal(t->variants[2].verdict, TRIAL_BETTER);
	assert_int_equal(t->variants[3].verdict, TRIAL_WORSE);
	assert_int_equal(t->best, 1);
	assert_true(footprint(&t->variants[1]) < footprint(&t->variants[0]));
	assert_near(r->difference, footprint(&t->variants[1]) - footprint(&t->variants[0]), 1);
	assert_true(r->low < r->difference && r->difference < r->high && r->high < 0);
	assert_text(t, "a is best: the pool costs ");
	assert_text(t, "; a worker copied ");
	assert_text(t, ". The load took as long: ");
	assert_null(strstr(t->text, "As good"));
	scene_release(&scene);
}

/* Two that cost the same: one is best, the other is as good. */
static void test_judge__ties(void **state)
{
	const struct scene_variant v[] = {
		like("baseline", 9000, TRIAL_UNKNOWN, 3),
		like("a", 18990, TRIAL_APPLIED, 3),
		like("b", 19000, TRIAL_APPLIED, 3),
		like("c", 12000, TRIAL_APPLIED, 3),
	};
	const struct trial *t = judge(v, 4, 3);

	assert_true(t->best == 1 || t->best == 2);
	assert_text(t, t->best == 1 ? ". As good, within noise: b." : ". As good, within noise: a.");
	scene_release(&scene);
}

/* A variant that did not take has no verdict, whatever its pool costs. */
static void test_judge__not_applied(void **state)
{
	const struct scene_variant v[] = {
		like("baseline", 9000, TRIAL_UNKNOWN, 3),
		like("a", 19000, TRIAL_NOT_APPLIED, 3),
		like("b", 9000, TRIAL_NOT_APPLIED, 3),
	};
	const struct trial *t = judge(v, 3, 3);

	assert_int_equal(t->variants[1].verdict, TRIAL_NONE);
	assert_int_equal(t->variants[2].verdict, TRIAL_NONE);
	assert_int_equal(t->best, -1);
	assert_text(t, "No variant could be judged. Not applied, so that nothing is known of it: a, b.");
	scene_release(&scene);
}

/* One run of each: figures without an interval, no verdict. */
static void test_judge__one_run(void **state)
{
	const struct scene_variant v[] = {
		like("baseline", 9000, TRIAL_UNKNOWN, 1),
		like("a", 19000, TRIAL_APPLIED, 1),
	};
	const struct trial *t = judge(v, 2, 1);

	assert_int_equal(t->variants[1].verdict, TRIAL_NONE);
	assert_int_equal(t->best, -1);
	assert_true(t->variants[1].compared);
	for (size_t i = 0; i < COMPARE_ROWS; i++) {
		assert_false(known(t->variants[1].figures[i].low));
		assert_false(known(t->variants[1].against.rows[i].low));
		assert_true(t->variants[1].against.rows[i].verdict == COMPARE_UNSURE ||
			    t->variants[1].against.rows[i].verdict == COMPARE_UNKNOWN);
	}
	assert_text(t,
		    "One run of each does not tell a difference from noise: --runs 3 does. Least with a: ");
	scene_release(&scene);
}

/* One that failed after its first run: what it did is shown, not judged. One that never ran has nothing. */
static void test_judge__failed(void **state)
{
	struct scene_variant v[] = {
		like("baseline", 9000, TRIAL_UNKNOWN, 3),
		like("a", 19000, TRIAL_APPLIED, 1),
		like("b", 19000, TRIAL_UNKNOWN, 0),
	};
	const struct trial *t;

	v[1].error = "the pool went away";
	v[2].error = "no such library";
	t = judge(v, 3, 3);
	assert_int_equal(t->variants[1].verdict, TRIAL_NONE);
	assert_true(t->variants[1].compared);
	assert_false(known(row(&t->variants[1].against, "footprint_bytes")->low));
	assert_false(t->variants[2].compared);
	assert_false(known(footprint(&t->variants[2])));
	assert_int_equal(t->best, -1);
	assert_text(t, "a: cannot be told");
	assert_text(t, "Failed: a, b.");
	scene_release(&scene);
}

/* The price of a change is told when it is more than noise. */
static void test_judge__price(void **state)
{
	struct scene_variant v[] = {
		like("baseline", 9000, TRIAL_UNKNOWN, 3),
		like("a", 19000, TRIAL_APPLIED, 3),
	};
	const struct trial *t;

	v[1].load_s = 60;
	t = judge(v, 2, 3);
	assert_int_equal(t->best, 1);
	assert_text(t, ". The load took 61.0s instead of 31.0s, 30.0s more (");
	scene_release(&scene);
}

/* A hundredth of what is shared moves from run to run. */
static fact moving(struct random_state *chance, fact rest)
{
	double sum = 0;

	/* twelve of them are nearly normal, with a deviation of one */
	for (int i = 0; i < 12; i++)
		sum += (double)random_below(chance, 10000) / 10000 - 0.5;
	return rest + (fact)(sum * (double)rest / 100);
}

static void run_moving(struct random_state *chance, struct scene *s, size_t variant, size_t runs)
{
	for (size_t k = 0; k < runs; k++) {
		struct scene_variant v = like("", moving(chance, 15000), TRIAL_APPLIED, runs);

		story_release(&s->stories[variant][k]);
		scene_run(&v, 0, false, false, &s->stories[variant][k]);
	}
}

/* The same against itself: a difference is called in about one of a hundred. */
static void test_judge__itself(void **state)
{
	enum { EXPERIMENTS = 100, MOST = 5 };
	const struct scene_variant v[] = {
		like("baseline", 15000, TRIAL_UNKNOWN, 3),
		like("a", 15000, TRIAL_APPLIED, 3),
	};
	struct random_state chance = { 17 };
	size_t called = 0;

	judge(v, 2, 3);
	for (size_t i = 0; i < EXPERIMENTS; i++) {
		run_moving(&chance, &scene, 0, 3);
		run_moving(&chance, &scene, 1, 3);
		trial_judge(&scene.trial);
		called += scene.trial.variants[1].verdict == TRIAL_BETTER ||
			  scene.trial.variants[1].verdict == TRIAL_WORSE;
	}
	if (called > MOST)
		fail_msg("a difference in %zu of %d", called, EXPERIMENTS);
	scene_release(&scene);
}

/* Runs that differ by nothing: what an interpreter takes to load what a variant has it load is no gain and no loss. */
static void test_judge__loading(void **state)
{
	struct scene_variant v[] = {
		like("baseline", 9000, TRIAL_UNKNOWN, 3),
		like("a", 9000, TRIAL_APPLIED, 3),
		like("b", 9000, TRIAL_APPLIED, 3),
	};
	const struct trial *t = judge(v, 3, 3);

	/* 124 pages are less than 512 KiB, 140 are more */
	v[0].less = 31000, v[1].less = 31000 - 124, v[2].less = 31000 - 140;
	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < 3; k++) {
			v[i].half_life = 1e6, v[i].new_per_s = 0;
			story_release(&scene.stories[i][k]);
			scene_run(&v[i], 0, false, false, &scene.stories[i][k]);
		}
	trial_judge(&scene.trial);
	assert_near(footprint(&t->variants[1]) - footprint(&t->variants[0]), 124 * 4096, 1);
	assert_int_equal(t->variants[1].verdict, TRIAL_SAME);
	assert_int_equal(t->variants[2].verdict, TRIAL_WORSE);
	scene_release(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge__best),    cmocka_unit_test(test_judge__ties),
		cmocka_unit_test(test_judge__loading), cmocka_unit_test(test_judge__not_applied),
		cmocka_unit_test(test_judge__one_run), cmocka_unit_test(test_judge__failed),
		cmocka_unit_test(test_judge__price),   cmocka_unit_test(test_judge__itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
