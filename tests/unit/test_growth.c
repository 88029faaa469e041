/*
 * Curves with known truth: which only grow, which level off and where, since when.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "analysis/growth.h"

#define MIB 1048576.0

/* The trend of f(t), seen `seconds` long. */
static struct trend trend_of(double (*f)(double t), double seconds, double interval)
{
	struct growth g = { .n = 0 };

	for (double t = 0; t <= seconds; t += interval)
		growth_add(&g, t, f(t));
	return growth_trend(&g);
}

static double leak(double t)
{
	return MIB * (5 + t);
}

static double leak_from_40(double t)
{
	return MIB * (5 + fmax(0, t - 40));
}

/* Slower by a third as memory gets large. */
static double tired_leak(double t)
{
	return MIB * (5 + t - t * t / 600);
}

/* Half of it in 10 s. */
static double cache(double t)
{
	return MIB * (5 + 60 * (1 - exp2(-t / 10)));
}

static double loaded_at_once(double t)
{
	return MIB * (t > 3 ? 40 : 5);
}

static double saw(double t)
{
	return MIB * (5 + fmod(t, 10));
}

static double step_late(double t)
{
	return MIB * (t > 70 ? 40 : 5);
}

static double still(double t)
{
	return MIB * 5 + fmod(t, 3) * 4096;
}

static void test_growth__leaks(void **state)
{
	struct trend t = trend_of(leak, 100, 1);

	assert_true(t.told && t.grows && !t.levels_off);
	assert_true(fabs(t.per_s - MIB) < 0.02 * MIB);
	assert_true(t.since_s == 0 && fabs(t.since_gained - 100 * MIB) < MIB);
	t = trend_of(leak_from_40, 100, 1);
	assert_true(t.grows && fabs(t.since_s - 40) < 8);
	assert_true(fabs(t.per_s - MIB) < 0.15 * MIB);
	assert_true(fabs(t.since_gained - 60 * MIB) < MIB);
	t = trend_of(tired_leak, 100, 1);
	assert_true(t.grows && !t.levels_off);
	/* However long it is, and however often it was looked at. */
	assert_true(trend_of(leak, 10000, 1).grows && trend_of(leak, 10, 0.5).grows);
	assert_true(!trend_of(leak, 3, 0.5).told);
}

static void test_growth__levels_off(void **state)
{
	static const double seconds[] = { 25, 40, 60, 100, 1000 };
	struct trend t;

	for (size_t i = 0; i < sizeof(seconds) / sizeof(*seconds); i++) {
		t = trend_of(cache, seconds[i], seconds[i] / 100);
		assert_true(t.levels_off && !t.grows);
		assert_true(fabs(t.end - 65 * MIB) < 6 * MIB);
	}
	/* not yet to be told from a leak */
	assert_true(trend_of(cache, 10, 0.1).grows);
	t = trend_of(loaded_at_once, 100, 1);
	assert_true(t.levels_off && !t.grows && t.end == 40 * MIB && t.all_gained == 35 * MIB);
}

static void test_growth__neither(void **state)
{
	static double (*const curves[])(double) = { saw, step_late, still };

	for (size_t i = 0; i < 3; i++) {
		struct trend t = trend_of(curves[i], 100, 1);

		assert_true(t.told && !t.grows && !t.levels_off);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growth__leaks),
		cmocka_unit_test(test_growth__levels_off),
		cmocka_unit_test(test_growth__neither),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
