#include "lib/ledger_scene.h"

/* Private pages of a file: the alternative to a copy is no new page, but an own copy of the file's. */
static void test_doubt__doubts_of_a_file(void **state)
{
	struct scene *s = scene_of(state);

	for (size_t i = 0; i < FIRST_WALK_TOLERANCE + 1; i++)
		for (size_t k = 0; k < 3; k++) {
			s->entries[k][i] = own_page(1000 * (k + 1) + 2 * i);
			s->flags[1000 * (k + 1) + 2 * i] = OWN;
			s->kinds[k][i] = KIND_FILE_PRIVATE;
		}
	walk(s);
	assert_pages(s, 1, .cow_broken = FIRST_WALK_TOLERANCE + 1);
	assert_int_equal(exactness(s, 1), EXACTNESS_UPPER_BOUND);
	assert_int_equal(ledger_result(s->ledger, 1).doubt.new, 0);
	assert_int_equal(ledger_result(s->ledger, 1).doubt.file, FIRST_WALK_TOLERANCE + 1);
}

/* Unlike: both made them, and that much is an estimate. */
static void test_doubt__unlike_is_no_doubt(void **state)
{
	struct scene *s = scene_of(state);

	for (size_t i = 0; i < FIRST_WALK_TOLERANCE + 1; i++)
		for (size_t k = 0; k < 3; k++) {
			s->entries[k][i] = own_page(1000 * (k + 1) + 2 * i);
			s->flags[1000 * (k + 1) + 2 * i] = OWN;
		}
	s->likeness = 0;
	walk(s);
	assert_pages(s, 1, .new = FIRST_WALK_TOLERANCE + 1);
	assert_int_equal(exactness(s, 1), EXACTNESS_ESTIMATE);
	assert_int_equal(ledger_result(s->ledger, 1).doubt.new, 0);
}

/*
 * Before the last fork the first worker had other pages than the master: copies of its own, or originals that the
 * master left, which their last owner has written. `elder`: another worker of that time shares the master's.
 */
static void before_a_late_fork(struct scene *s, bool elder)
{
	s->n = 4;
	s->procs[3].start_ticks = s->procs[1].start_ticks + BURST_GAP_TICKS + 3;
	for (size_t i = 0; i < FIRST_WALK_TOLERANCE + 1; i++) {
		for (size_t k = 0; k < 4; k++)
			s->entries[k][i] = shared_page(1000 + 2 * i);
		s->flags[1000 + 2 * i] = 0;
		s->entries[1][i] = own_page(3000 + 2 * i);
		s->flags[3000 + 2 * i] = OWN;
		if (!elder)
			s->entries[2][i] = 0;
	}
	s->likeness = 100;
	walk(s);
	assert_int_equal(exactness(s, 1), EXACTNESS_UPPER_BOUND);
}

static void test_doubt__the_master_may_have_copied_before_its_last_fork(void **state)
{
	struct scene *s = scene_of(state);

	before_a_late_fork(s, false);
	assert_int_equal(exactness(s, 0), EXACTNESS_ESTIMATE);
}

static void test_doubt__an_elder_that_shares_its_pages_is_proof(void **state)
{
	struct scene *s = scene_of(state);

	before_a_late_fork(s, true);
	assert_int_equal(exactness(s, 0), EXACTNESS_EXACT);
}

/* The master has 131 pages, 65 of them made or written since the fork: how many faults were there? */
static void with_faults(struct scene *s, uint64_t minor, uint64_t major, bool one_each)
{
	for (size_t i = 0; i < FIRST_WALK_TOLERANCE + 1; i++)
		for (size_t k = 0; k < 3; k++) {
			s->entries[k][i] = own_page(1000 * (k + 1) + 2 * i);
			s->flags[1000 * (k + 1) + 2 * i] = OWN;
		}
	for (size_t i = 200; i < 266; i++) {
		s->entries[0][i] = s->entries[1][i] = s->entries[2][i] = shared_page(5000 + 2 * i);
		s->flags[5000 + 2 * i] = 0;
	}
	s->likeness = 100;
	s->one_fault_each = one_each;
	s->procs[0].minflt = minor;
	s->procs[0].majflt_after = major;
	walk(s);
}

static void test_doubt__faults_of_the_master_refute_copies(void **state)
{
	struct scene *s = scene_of(state);

	with_faults(s, 131 + 30, 10, true); /* 40 pages can have taken two */
	assert_pages(s, 1, .shared = 66, .cow_broken = 40, .new = 25);
	assert_pages(s, 2, .shared = 66, .cow_broken = 40, .new = 25);
	assert_int_equal(ledger_result(s->ledger, 1).growth.cow, 40);
	assert_int_equal(ledger_result(s->ledger, 1).growth.new, 25);
	/* so few may be copies that it goes without a label */
	assert_int_equal(ledger_result(s->ledger, 1).doubt.new, 0);
}

static void test_doubt__many_faults_refute_nothing(void **state)
{
	struct scene *s = scene_of(state);

	with_faults(s, 131 + 65, 0, true);
	assert_pages(s, 1, .shared = 66, .cow_broken = 65);
	assert_int_equal(ledger_result(s->ledger, 1).doubt.new, 65);
	assert_int_equal(s->faults_asked, 0); /* which is known without it */
}

/* Pages that came with no fault of its own, or many with one. */
static void test_doubt__few_faults_tell_nothing_without_one_for_each_page(void **state)
{
	struct scene *s = scene_of(state);

	with_faults(s, 131, 0, false);
	assert_pages(s, 1, .shared = 66, .cow_broken = 65);
	assert_int_equal(exactness(s, 1), EXACTNESS_UPPER_BOUND);
}

/* The master and the second worker wrote all; the first one has them as they were at its fork, or not. */
static void beside_an_idle_sibling(struct scene *s, bool forked)
{
	for (size_t i = 0; i < FIRST_WALK_TOLERANCE + 1; i++) {
		for (size_t k = 0; k < 3; k++)
			s->entries[k][i] = own_page(1000 * (k + 1) + 2 * i);
		s->flags[1000 + 2 * i] = s->flags[3000 + 2 * i] = OWN;
	}
	s->procs[1].has_forked = forked;
	s->likeness = 100;
	walk(s);
	assert_pages(s, 2, .cow_broken = FIRST_WALK_TOLERANCE + 1);
}

static void test_doubt__not_of_what_a_sibling_inherited(void **state)
{
	struct scene *s = scene_of(state);

	beside_an_idle_sibling(s, false);
	assert_pages(s, 1, .orphaned = FIRST_WALK_TOLERANCE + 1);
	assert_int_equal(exactness(s, 2), EXACTNESS_EXACT);
	assert_int_equal(ledger_result(s->ledger, 2).doubt.new, 0);
}

/* Its fork cleared the flags of its own pages as well. */
static void test_doubt__of_what_a_sibling_that_forked_has(void **state)
{
	struct scene *s = scene_of(state);

	beside_an_idle_sibling(s, true);
	assert_int_equal(exactness(s, 2), EXACTNESS_UPPER_BOUND);
	assert_int_equal(ledger_result(s->ledger, 2).doubt.new, FIRST_WALK_TOLERANCE + 1);
}

/* In one walk, and no longer in the next. */
static void test_doubt__of_pages_that_were_moved_meanwhile(void **state)
{
	struct scene *s = scene_of(state);

	for (size_t i = 0; i < FIRST_WALK_TOLERANCE + 1; i++)
		for (size_t k = 0; k < 3; k++)
			s->entries[k][i] = shared_page(1000 + 2 * i);
	s->unsteady = FIRST_WALK_TOLERANCE + 1;
	walk(s);
	assert_int_equal(exactness(s, 1), EXACTNESS_ESTIMATE);
	assert_true(ledger_result(s->ledger, 1).unsteady);
	assert_int_equal(ledger_result(s->ledger, 1).doubt.guessed, FIRST_WALK_TOLERANCE + 1);
	s->unsteady = FIRST_WALK_TOLERANCE;
	walk(s);
	assert_int_equal(exactness(s, 1), EXACTNESS_EXACT);
	assert_false(ledger_result(s->ledger, 1).unsteady);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rule(test_doubt__doubts_of_a_file),
		rule(test_doubt__unlike_is_no_doubt),
		rule(test_doubt__the_master_may_have_copied_before_its_last_fork),
		rule(test_doubt__an_elder_that_shares_its_pages_is_proof),
		rule(test_doubt__faults_of_the_master_refute_copies),
		rule(test_doubt__many_faults_refute_nothing),
		rule(test_doubt__few_faults_tell_nothing_without_one_for_each_page),
		rule(test_doubt__not_of_what_a_sibling_inherited),
		rule(test_doubt__of_what_a_sibling_that_forked_has),
		rule(test_doubt__of_pages_that_were_moved_meanwhile),
	};

	return cmocka_run_group_tests_name("ledger_doubt", tests, NULL, NULL);
}
