/*
 * Pools that differ by nothing but chance, and pools that differ: how often is which said? And a decay
 * that chance makes. The seeds are fixed, so the counts are the same in every run.
 */
#include "lib/random_samples.h"
#include "analysis/analysis.h"
#include "lib/two_stories.h"
#include "analysis/story.h"

#define WORKERS 4
#define SECONDS 400
#define PAIRS 100
#define INHERITED 60000

/* Pages that a worker copies and gets in a second on average. */
struct pool {
	double copies, new;
};

struct worker {
	double load; /* its part of the work: a little more or less than the others' */
	fact broken, new, minor;
};

static double random_part(struct random_state *c)
{
	return (double)random_below(c, 1 << 20) / (1 << 20);
}

/* A number with this mean: any up to twice of it, and now and then a burst. */
static fact random_around(struct random_state *c, double mean)
{
	fact n = (fact)(2 * mean * random_part(c) + 0.5);

	return random_below(c, 50) ? n : 6 * n;
}

static void work(struct random_state *c, const struct pool *p, struct worker *w)
{
	fact broken = random_around(c, p->copies * w->load);
	fact new = random_around(c, p->new * w->load);

	w->broken += broken;
	w->new += new;
	w->minor += broken + new + (fact)random_below(c, 5);
}

static void take_second(const struct worker workers[WORKERS], double second, struct sample *s)
{
	const fact master[6] = { INHERITED, 0, 0, 0, 100, 100 };

	fixture_begin(s, second);
	fixture_add(s, 100, -60, master);
	for (int i = 0; i < WORKERS; i++) {
		const struct worker *w = &workers[i];
		const fact pages[6] = { INHERITED - w->broken, 0, w->broken, 0, w->new, 100 };
		struct proc_sample *p = fixture_add(s, 101 + i, -50, pages);

		p->minflt = w->minor;
		p->growth = (struct growth_facts){ .cow = w->broken, .new = w->new };
	}
}

struct telling {
	struct storyteller *story;
	struct analysis *analysis;
};

static struct telling begin(void)
{
	return (struct telling){ story_begin(), analysis_new() };
}

static void tell(struct telling *t, const struct sample *s)
{
	struct snapshot snap;

	analysis_next(t->analysis, s, &snap);
	story_add(t->story, &snap);
	snapshot_release(&snap);
}

static void end(struct telling *t, struct story *ret)
{
	analysis_free(t->analysis);
	story_end(t->story, ret);
}

/* The pool for `seconds`; with `halves` the second half of it is a story of its own. */
static void run(uint64_t seed, const struct pool *p, int seconds, struct story *ret, struct story *halves)
{
	struct random_state c = { seed };
	struct worker workers[WORKERS] = { 0 };
	struct telling t = begin();

	for (int i = 0; i < WORKERS; i++)
		workers[i].load = 0.97 + 0.06 * random_part(&c);
	for (int second = 0; second <= seconds; second++) {
		cleanup(sample_release) struct sample s;

		take_second(workers, second, &s);
		tell(&t, &s);
		if (halves && second == seconds / 2) {
			end(&t, ret);
			ret = halves;
			t = begin();
			tell(&t, &s);
		}
		for (int i = 0; i < WORKERS; i++)
			work(&c, p, &workers[i]);
	}
	end(&t, ret);
}

static bool is_told(const struct comparison *c, const char *key)
{
	enum compare_verdict v = c->rows[compare_find(key) - compare_fields].verdict;

	return v == COMPARE_LOWER || v == COMPARE_HIGHER;
}

static const struct pool ordinary = { .copies = 20, .new = 10 };
/* What a worker does all the time, and what that has come to. */
static const char *const keys[] = { "cow_per_s",        "minor_per_s", "growth_bytes_per_min",
				    "cow_broken_bytes", "new_bytes",   "shared_bytes" };

#define KEYS (sizeof(keys) / sizeof(*keys))

/* In how many of so many pairs of runs each difference is told. */
static void tell_pairs(const struct pool *a, const struct pool *b, int pairs, int seconds, int ret[KEYS])
{
	for (uint64_t i = 0; i < (uint64_t)pairs; i++) {
		cleanup(story_release) struct story of_a = { 0 };
		cleanup(story_release) struct story of_b = { 0 };
		struct comparison c;

		run(2 * i + 1, a, seconds, &of_a, NULL);
		run(2 * i + 2, b, seconds, &of_b, NULL);
		compare_stories(&of_a, &of_b, &c);
		for (size_t k = 0; k < KEYS; k++)
			ret[k] += is_told(&c, keys[k]);
	}
}

/* 95 % intervals: five in a hundred are wrong by right. */
static void test_noise__two_runs_of_a_pool_are_the_same(void **state)
{
	int n[KEYS] = { 0 };

	tell_pairs(&ordinary, &ordinary, PAIRS, SECONDS, n);
	for (size_t k = 0; k < KEYS; k++) {
		if (n[k] > PAIRS / 10)
			fail_msg("%s: %d of %d pairs are said to differ", keys[k], n[k], PAIRS);
	}
}

/* With bursts in it, it takes a recording of some length. */
static void test_noise__ten_percent_more_is_told(void **state)
{
	static const struct pool more = { .copies = 22, .new = 11 };
	int n[KEYS] = { 0 };

	tell_pairs(&ordinary, &more, 20, 4 * SECONDS, n);
	for (size_t k = 0; k < KEYS; k++) {
		if (n[k] < 18)
			fail_msg("%s: in %d of 20 pairs the difference is told", keys[k], n[k]);
	}
}

/* What goes on at the same pace in both halves of one recording. */
static void test_noise__two_halves_of_a_run_are_the_same(void **state)
{
	int n[3] = { 0 };

	for (uint64_t seed = 1; seed <= PAIRS; seed++) {
		cleanup(story_release) struct story first = { 0 };
		cleanup(story_release) struct story second = { 0 };
		struct comparison c;

		run(seed, &ordinary, SECONDS, &first, &second);
		compare_stories(&first, &second, &c);
		for (size_t i = 0; i < 3; i++)
			n[i] += is_told(&c, keys[i]);
	}
	for (size_t i = 0; i < 3; i++) {
		if (n[i] > PAIRS / 10)
			fail_msg("%s: %d of %d halves are said to differ", keys[i], n[i], PAIRS);
	}
}

/* Each page that can be lost is lost by chance, half of them in `half_life` seconds. */
static void decay(uint64_t seed, double half_life, fact rest, struct story *ret)
{
	struct random_state c = { seed };
	struct worker workers[WORKERS] = { 0 };
	double lost = 1 - exp2(-1 / half_life);
	struct telling t = begin();

	for (int second = 0; second <= 3600; second += 4) {
		cleanup(sample_release) struct sample s;

		take_second(workers, second, &s);
		tell(&t, &s);
		for (int i = 0; i < 4 * WORKERS; i++) {
			fact left = INHERITED - rest - workers[i % WORKERS].broken;

			workers[i % WORKERS].broken += random_around(&c, (double)left * lost / 1.1);
		}
	}
	end(&t, ret);
}

/* 5 % */
static void assert_within(figure got, figure want)
{
	if (!(fabs(got - want) <= 0.05 * want))
		fail_msg("%g instead of %g", got, want);
}

static void test_noise__half_life_and_asymptote(void **state)
{
	static const double half_lives[] = { 120, 600, 1500 };

	for (size_t i = 0; i < 3; i++) {
		for (uint64_t seed = 1; seed <= 5; seed++) {
			cleanup(story_release) struct story s = { 0 };

			decay(seed, half_lives[i], 20000, &s);
			assert_null(s.erosion.why);
			assert_within(s.erosion.half_life_s, half_lives[i]);
			assert_within(s.erosion.asymptote_bytes, 20000.0 * FIXTURE_PAGE);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_noise__two_runs_of_a_pool_are_the_same),
		cmocka_unit_test(test_noise__ten_percent_more_is_told),
		cmocka_unit_test(test_noise__two_halves_of_a_run_are_the_same),
		cmocka_unit_test(test_noise__half_life_and_asymptote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
