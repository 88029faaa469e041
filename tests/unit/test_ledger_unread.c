/*
 * Processes whose pages could not be read in a walk: what was known stands, and a first look is still to come.
 */
#include "lib/ledger_scene.h"

/* What was known of it is what its pages are judged by when they can be read again. */
static void test_what_is_known_stands(void **state)
{
	struct scene *s = scene_of(state);

	for (size_t k = 0; k < 3; k++)
		for (size_t i = 0; i < 3; i++)
			s->entries[k][i] = shared_page(100 + i);
	walk(s);
	s->entries[1][0] = own_page(200);
	s->flags[200] = OWN;
	walk(s);
	s->procs[1].unread = true;
	walk(s);
	s->procs[1].unread = false;
	s->entries[1][1] = own_page(201); /* meanwhile */
	s->flags[201] = OWN;
	walk(s);
	assert_pages(s, 1, .shared = 1, .cow_broken = 2);
	assert_int_equal(ledger_result(s->ledger, 1).growth.cow, 2);
	assert_int_equal(exactness(s, 1), EXACTNESS_EXACT);
}

/* Once it can be read its pages are looked at as for the first time: they did not appear since. */
static void test_the_first_walk_is_still_to_come(void **state)
{
	struct scene *s = scene_of(state);

	s->n = 2;
	s->entries[0][0] = s->entries[1][0] = shared_page(100);
	s->entries[0][1] = own_page(101);
	s->entries[1][1] = own_page(201); /* copied; the master's is unwritten since the fork */
	s->flags[201] = OWN;
	s->procs[1].unread = true;
	walk(s);
	s->procs[1].unread = false;
	s->procs[0].anew = true;
	walk(s);
	assert_pages(s, 0, .shared = 1, .orphaned = 1);
	assert_pages(s, 1, .shared = 1, .cow_broken = 1);
}

/* Who was not compared with the master begins anew when that can be read, and so does the master's first walk. */
static void test_a_master(void **state)
{
	struct scene *s = scene_of(state);

	s->n = 2;
	s->entries[0][0] = own_page(200);
	s->entries[0][1] = own_page(101);
	s->entries[1][0] = own_page(100); /* the original */
	s->entries[1][1] = own_page(201); /* a copy */
	s->flags[200] = s->flags[201] = OWN;
	s->procs[0].unread = true;
	s->procs[1].base = -1;
	walk(s);
	assert_pages(s, 1, .orphaned = 1, .new = 1);
	assert_int_equal(exactness(s, 1), EXACTNESS_ESTIMATE);
	s->procs[0].unread = false;
	s->procs[1].base = 0;
	s->procs[1].anew = true;
	walk(s);
	assert_pages(s, 0, .orphaned = 1, .cow_broken = 1);
	assert_pages(s, 1, .orphaned = 1, .cow_broken = 1);
	assert_int_equal(exactness(s, 1), EXACTNESS_EXACT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rule(test_what_is_known_stands),
		rule(test_the_first_walk_is_still_to_come),
		rule(test_a_master),
	};

	return cmocka_run_group_tests_name("ledger_unread", tests, NULL, NULL);
}
