/*
 * When a walk leaves nobody out: every 30 s, and less often where such a walk takes long.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "pool/walk_skip.h"

#define SECOND INT64_C(1000000000)

/* A state after a whole walk at second 1 that took `cost_ns`. */
static struct walk_skip walked(int64_t cost_ns)
{
	struct walk_skip g = { 0 };

	walk_skip_members(&g, NULL, 0, SECOND);
	walk_skip_cost(&g, cost_ns);
	return g;
}

static void test_walk_skip__the_first_walk_is_whole(void **state)
{
	assert_true(walk_skip_whole_is_due(&(struct walk_skip){ 0 }, SECOND));
}

static void test_walk_skip__a_small_pool_is_walked_every_30_seconds(void **state)
{
	struct walk_skip g = walked(SECOND / 100);

	assert_false(walk_skip_whole_is_due(&g, 30 * SECOND));
	assert_true(walk_skip_whole_is_due(&g, 31 * SECOND));
}

static void test_walk_skip__huge_pages_that_the_kernel_made_are_looked_at_sooner(void **state)
{
	struct walk_skip g = walked(SECOND / 100);

	g.collapsed = true;
	assert_false(walk_skip_whole_is_due(&g, 5 * SECOND));
	assert_true(walk_skip_whole_is_due(&g, 7 * SECOND)); /* a 500th of the time */
}

static void test_walk_skip__a_walk_of_a_second_comes_every_500_seconds(void **state)
{
	struct walk_skip g = walked(SECOND);

	assert_false(walk_skip_whole_is_due(&g, 500 * SECOND));
	assert_true(walk_skip_whole_is_due(&g, 501 * SECOND));
}

static void test_walk_skip__no_walk_is_put_off_for_more_than_ten_minutes(void **state)
{
	struct walk_skip g = walked(60 * SECOND);

	assert_false(walk_skip_whole_is_due(&g, 600 * SECOND));
	assert_true(walk_skip_whole_is_due(&g, 601 * SECOND));
}

static void test_walk_skip__only_a_whole_walk_says_what_one_costs(void **state)
{
	struct walk_skip g = walked(SECOND);

	walk_skip_members(&g, NULL, 0, 2 * SECOND);
	walk_skip_cost(&g, SECOND / 1000);
	assert_false(walk_skip_whole_is_due(&g, 500 * SECOND));
}

/* A master and its worker that were walked, and stand still. */
static void settled(struct walk_skip *g, struct member_proc members[static 2])
{
	for (int i = 0; i < 2; i++) {
		member_init(&members[i], 100 + i, 1);
		members[i].base = i - 1;
		members[i].measured = true;
		members[i].kept.level = LEVEL_EXACT;
		members[i].kept.minflt = members[i].facts.minflt = 10;
		members[i].kept.majflt = members[i].facts.majflt = 0;
	}
	*g = (struct walk_skip){ .nmembers = 2 };
	walk_skip_members(g, members, 2, SECOND);
	members[0].due = members[1].due = false;
}

/* Who moved is due until it is walked, also when it stands still again. */
static void test_walk_skip__who_waits_goes_on_waiting(void **state)
{
	struct member_proc m[2];
	struct walk_skip g;

	settled(&g, m);
	m[1].facts.minflt++;
	walk_skip_members(&g, m, 2, 2 * SECOND);
	assert_int_equal(walk_skip_left(m, 2), 2); /* and its master */
	assert_false(m[0].due);
	walk_skip_all(&g, m, 2);
	assert_int_equal(walk_skip_left(m, 2), 0);
	assert_true(m[1].due);
	m[0].facts.minflt++; /* what its worker shares with it may no longer be so */
	walk_skip_members(&g, m, 2, 3 * SECOND);
	walk_skip_all(&g, m, 2);
	assert_true(m[0].due && m[1].due);
	m[0].kept.minflt++; /* the master was walked, for another one */
	m[0].due = false;
	walk_skip_members(&g, m, 2, 4 * SECOND);
	assert_int_equal(walk_skip_left(m, 2), 2);
}

/* A whole walk that does not take place is still due. */
static void test_walk_skip__a_walk_that_waits_is_due(void **state)
{
	struct member_proc m[2];
	struct walk_skip g;

	settled(&g, m);
	assert_false(walk_skip_whole_is_due(&g, 30 * SECOND));
	m[1].facts.minflt++;
	walk_skip_members(&g, m, 2, 31 * SECOND);
	walk_skip_all_but_due(&g, m, 2);
	assert_int_equal(walk_skip_left(m, 2), 2);
	assert_true(walk_skip_whole_is_due(&g, 31 * SECOND));
	walk_skip_members(&g, m, 2, 31 * SECOND);
	walk_skip_all(&g, m, 2);
	assert_true(walk_skip_whole_is_due(&g, 31 * SECOND));
	walk_skip_cost(&g, 60 * SECOND); /* what it took was no whole walk */
	assert_true(walk_skip_whole_is_due(&g, 31 * SECOND));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk_skip__the_first_walk_is_whole),
		cmocka_unit_test(test_walk_skip__a_small_pool_is_walked_every_30_seconds),
		cmocka_unit_test(test_walk_skip__huge_pages_that_the_kernel_made_are_looked_at_sooner),
		cmocka_unit_test(test_walk_skip__a_walk_of_a_second_comes_every_500_seconds),
		cmocka_unit_test(test_walk_skip__no_walk_is_put_off_for_more_than_ten_minutes),
		cmocka_unit_test(test_walk_skip__only_a_whole_walk_says_what_one_costs),
		cmocka_unit_test(test_walk_skip__who_waits_goes_on_waiting),
		cmocka_unit_test(test_walk_skip__a_walk_that_waits_is_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
