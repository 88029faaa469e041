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

/* Pages that only flags tell: a copy, an original that the master rewrote, and new memory. */
static struct scene *flags_decide(void **state)
{
	struct scene *s = scene_of(state);

	s->n = 2;
	s->likeness = 100;
	s->entries[0][0] = own_page(100);
	s->entries[1][0] = own_page(200);
	s->entries[0][1] = own_page(101);
	s->entries[1][1] = own_page(201);
	s->entries[1][2] = own_page(202);
	s->flags[101] = s->flags[200] = s->flags[202] = OWN;
	return s;
}

static bool is_same(const struct ledger_result *a, const struct ledger_result *b)
{
	return !memcmp(&a->pages, &b->pages, sizeof(a->pages)) && a->exactness == b->exactness;
}

/* Whichever question for flags the kernel leaves unanswered, once: each page has a class, and what that changes is an
 * upper bound of the copies. */
static void first_walk_without(void **state, enum kernel_property lacks)
{
	struct scene *s = flags_decide(state);
	struct ledger_result told;
	size_t asked, changed = 0;

	kernel_set(&s->kernel, lacks, false);
	walk(s);
	asked = s->questions;
	told = ledger_result(s->ledger, 1);
	for (size_t i = 1; i <= asked; i++) {
		struct ledger_result r;

		s->procs[0].anew = s->procs[1].anew = true;
		s->questions = 0;
		s->refused = i;
		walk(s);
		r = ledger_result(s->ledger, 1);
		assert_int_equal(r.pages.shared + r.pages.orphaned + r.pages.cow_broken + r.pages.new, 3);
		if (is_same(&r, &told))
			continue;
		assert_int_equal(r.exactness, EXACTNESS_UPPER_BOUND);
		changed++;
	}
	assert_true(changed >= 2);
}

static void test_flags_of_a_first_walk(void **state)
{
	first_walk_without(state, KERNEL_EXCLUSIVE_EACH);
}

static void test_flags_of_a_first_walk__none_told(void **state)
{
	first_walk_without(state, KERNEL_FLAG);
}

/* What was seen inherited and is in another frame was copied, or only moved. */
static void test_flags_of_a_later_walk(void **state)
{
	struct scene *s = scene_of(state);

	s->n = 2;
	s->entries[0][0] = s->entries[1][0] = shared_page(100);
	walk(s);
	assert_int_equal(exactness(s, 1), EXACTNESS_EXACT);
	s->entries[0][0] = own_page(100);
	s->entries[1][0] = own_page(200);
	s->flags[200] = OWN;
	s->refused = s->questions + 1;
	walk(s);
	assert_pages(s, 1, .cow_broken = 1);
	assert_int_equal(exactness(s, 1), EXACTNESS_UPPER_BOUND);
	assert_int_equal(ledger_result(s->ledger, 1).doubt.new, 0); /* it was inherited in any case */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rule(test_what_is_known_stands),
		rule(test_the_first_walk_is_still_to_come),
		rule(test_a_master),
		rule(test_flags_of_a_first_walk),
		rule(test_flags_of_a_first_walk__none_told),
		rule(test_flags_of_a_later_walk),
	};

	return cmocka_run_group_tests_name("ledger_unread", tests, NULL, NULL);
}
