/* Who copies pages and forks between two walks has them in other frames, as if the kernel had moved them. */
#include "lib/ledger_scene.h"

#define COPIES 300
#define BEFORE 1000 /* frames */
#define AFTER 4000

/* A worker copied what all had, and forked one that the master has adopted. */
static struct scene *copied_and_forked(void **state)
{
	struct scene *s = scene_of(state);

	s->counts = true;
	s->procs[1].has_forked = true;
	s->procs[1].minflt = 1000;
	for (size_t i = 0; i < COPIES; i++)
		for (size_t k = 0; k < 3; k++)
			s->entries[k][i] = shared_page(BEFORE + 2 * i);
	walk(s);
	s->n = 4;
	for (size_t i = 0; i < COPIES; i++)
		s->entries[1][i] = s->entries[3][i] = shared_page(AFTER + 2 * i);
	return s;
}

static void test_between__a_workers_copies_that_a_first_child_has(void **state)
{
	struct scene *s = copied_and_forked(state);

	walk(s);
	assert_pages(s, 0, .shared = COPIES);
	assert_pages(s, 1, .cow_broken = COPIES);
	assert_pages(s, 2, .shared = COPIES);
	assert_int_equal(ledger_kin(s->ledger, 3).base, 1);
}

/* The kernel moves pages while one looks: all that map them, of whom some were read before. */
static void test_between__no_copy_where_the_old_frame_was_left(void **state)
{
	struct scene *s = copied_and_forked(state);

	s->left = true;
	walk(s);
	assert_pages(s, 1, .shared = COPIES);
	s->left = false;
	s->counts = false; /* not told */
	walk(s);
	assert_pages(s, 1, .shared = COPIES);
}

/* The master writes, and forks another worker. */
static void test_between__the_masters_copies_that_a_worker_has(void **state)
{
	struct scene *s = scene_of(state);

	for (size_t k = 0; k < 3; k++)
		for (size_t i = 0; i < 2; i++)
			s->entries[k][i] = shared_page(100 + i);
	walk(s);
	s->n = 4;
	s->procs[3].start_ticks = s->procs[2].start_ticks + BURST_GAP_TICKS + 1;
	s->entries[0][0] = s->entries[3][0] = shared_page(200);
	s->entries[3][1] = shared_page(101);
	walk(s);
	assert_pages(s, 0, .cow_broken = 1, .shared = 1);
	assert_pages(s, 1, .shared = 2);
	assert_pages(s, 3, .shared = 2);
	assert_int_equal(ledger_result(s->ledger, 0).growth.cow, 1);
	for (size_t k = 0; k < 4; k++) /* the kernel moves it */
		s->entries[k][1] = shared_page(201);
	walk(s);
	assert_pages(s, 0, .cow_broken = 1, .shared = 1);
	assert_int_equal(ledger_result(s->ledger, 0).growth.cow, 1);
	s->entries[1][0] = s->entries[2][0] = 0; /* nobody has the original any more */
	walk(s);
	assert_pages(s, 0, .shared = 2);
}

/* ... or one that nobody has seen yet. */
static void test_between__the_masters_copies_that_a_newborn_has(void **state)
{
	struct scene *s = scene_of(state);

	for (size_t k = 0; k < 3; k++)
		s->entries[k][0] = shared_page(100);
	walk(s);
	s->newborn[0] = true;
	s->entries[0][0] = shared_page(200);
	walk(s);
	assert_pages(s, 0, .cow_broken = 1);
}

static void test_between__a_page_moved_over_another_one_stays_inherited(void **state)
{
	struct scene *s = scene_of(state);

	s->counts = true;
	for (size_t k = 0; k < 3; k++)
		for (size_t i = 0; i < 2; i++)
			s->entries[k][i] = shared_page(100 + i);
	walk(s);
	for (size_t k = 0; k < 2; k++) { /* the master does so, and a worker the other way */
		s->entries[k][k] = s->entries[k][!k];
		s->entries[k][!k] = 0;
	}
	walk(s);
	assert_pages(s, 0, .shared = 1);
	assert_pages(s, 1, .shared = 1);
}

/* KSM puts another page in the place of the master's alone. */
static void test_between__a_page_of_the_masters_that_ksm_merged_is_no_copy(void **state)
{
	struct scene *s = scene_of(state);

	s->procs[0].merged = true;
	for (size_t k = 0; k < 3; k++)
		s->entries[k][0] = shared_page(100);
	walk(s);
	s->entries[0][0] = shared_page(200);
	walk(s);
	assert_pages(s, 0, .shared = 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rule(test_between__a_workers_copies_that_a_first_child_has),
		rule(test_between__no_copy_where_the_old_frame_was_left),
		rule(test_between__the_masters_copies_that_a_worker_has),
		rule(test_between__the_masters_copies_that_a_newborn_has),
		rule(test_between__a_page_moved_over_another_one_stays_inherited),
		rule(test_between__a_page_of_the_masters_that_ksm_merged_is_no_copy),
	};

	return cmocka_run_group_tests_name("ledger_between", tests, NULL, NULL);
}
