/* Children of a process that is gone: what each of them shows of its pages. */
#include "lib/ledger_scene.h"

/* The master ended, and left processes 1, 2 and 3. */
static struct scene *masterless(void **state)
{
	struct scene *s = scene_of(state);

	s->n = 4;
	s->procs[0].gone = true;
	s->procs[0].pid = 0;
	return s;
}

/* The master lives; it forked 1, which is gone, and had forked 2 and 3. */
static struct scene *between(void **state)
{
	struct scene *s = scene_of(state);

	s->n = 4;
	s->procs[1].gone = true;
	s->procs[1].pid = 0;
	s->procs[2].base = s->procs[3].base = 1;
	return s;
}

static void set_own(struct scene *s, size_t proc, size_t i, uint64_t frame)
{
	s->entries[proc][i] = own_page(frame);
	s->flags[frame] = OWN;
}

static void test_absent__two_that_share_a_frame_have_the_original(void **state)
{
	struct scene *s = masterless(state);

	s->entries[1][5] = s->entries[3][5] = shared_page(100);
	set_own(s, 2, 5, 101);
	walk(s);
	assert_pages(s, 1, .shared = 1);
	assert_pages(s, 2, .cow_broken = 1);
	assert_pages(s, 3, .shared = 1);
	assert_int_equal(s->contents_asked, 0);
	assert_int_equal(ledger_frames(s->ledger), 2);
}

static void test_absent__the_last_holder_has_the_original(void **state)
{
	struct scene *s = masterless(state);

	set_own(s, 1, 5, 101);
	set_own(s, 2, 5, 102);
	s->entries[3][5] = own_page(100); /* and not written since the fork */
	walk(s);
	assert_pages(s, 1, .cow_broken = 1);
	assert_pages(s, 2, .cow_broken = 1);
	assert_pages(s, 3, .orphaned = 1);
	assert_int_equal(s->contents_asked, 0);
	assert_int_equal(ledger_frames(s->ledger), 3);
}

static void test_absent__where_all_differ_contents_decide(void **state)
{
	struct scene *s = masterless(state);

	for (size_t k = 1; k < 4; k++)
		for (size_t i = 0; i < 100; i++)
			set_own(s, k, i, 1000 * k + i);
	s->likeness = 99;
	walk(s);
	assert_pages(s, 2, .cow_broken = 100);
	assert_int_equal(exactness(s, 2), EXACTNESS_UPPER_BOUND);
	assert_int_equal(ledger_frames(s->ledger), 300);
}

static void test_absent__what_is_not_alike_is_new(void **state)
{
	struct scene *s = masterless(state);

	for (size_t k = 1; k < 4; k++)
		set_own(s, k, 7, 1000 * k);
	s->likeness = 3;
	walk(s);
	for (size_t k = 1; k < 4; k++)
		assert_pages(s, k, .new = 1);
}

static void test_absent__a_page_that_one_alone_has_is_new(void **state)
{
	struct scene *s = masterless(state);

	set_own(s, 2, 9, 100);
	walk(s);
	assert_pages(s, 1, 0);
	assert_pages(s, 2, .new = 1);
	assert_int_equal(s->contents_asked, 0);
}

static void test_absent__zero_pages_and_files_are_no_originals(void **state)
{
	struct scene *s = masterless(state);

	for (size_t k = 1; k < 4; k++) {
		s->entries[k][3] = shared_page(7); /* the zero page */
		s->entries[k][4] = PM_PRESENT | PM_FILE | 50;
		s->kinds[k][4] = KIND_FILE_PRIVATE;
	}
	s->kinds[2][4] = KIND_FILE_PRIVATE;
	set_own(s, 2, 4, 51);
	walk(s);
	assert_pages(s, 1, .file = 1);
	assert_pages(s, 2, .cow_file = 1);
}

static void test_absent__later_walks_remember(void **state)
{
	struct scene *s = masterless(state);

	for (size_t k = 1; k < 4; k++)
		s->entries[k][5] = s->entries[k][6] = shared_page(100);
	walk(s);
	set_own(s, 1, 5, 101);
	set_own(s, 2, 5, 102);
	s->entries[3][5] = own_page(100);
	walk(s);
	assert_pages(s, 1, .shared = 1, .cow_broken = 1);
	assert_pages(s, 2, .shared = 1, .cow_broken = 1);
	assert_pages(s, 3, .shared = 1, .orphaned = 1);
	assert_int_equal(exactness(s, 1), EXACTNESS_EXACT);
}

/* The master that was there in the walk before is gone in this one. */
static void test_absent__the_end_of_the_master_changes_no_copies(void **state)
{
	struct scene *s = scene_of(state);

	s->n = 4;
	for (size_t k = 0; k < 4; k++)
		for (size_t i = 0; i < 10; i++)
			s->entries[k][i] = shared_page(100 + i);
	set_own(s, 1, 0, 200);
	walk(s);
	assert_pages(s, 1, .shared = 9, .cow_broken = 1);
	s->procs[0] = (struct ledger_proc){ .gone = true, .frames = true, .base = -1 };
	for (size_t k = 1; k < 4; k++)
		s->procs[k].adopted = true;
	for (size_t walks = 0; walks < 2; walks++) { /* what was kept of the master is freed by the first */
		walk(s);
		assert_pages(s, 1, .shared = 9, .cow_broken = 1);
		assert_pages(s, 2, .shared = 10);
		assert_int_equal(ledger_frames(s->ledger), 11);
	}
}

static void test_absent__the_base_of_who_is_gone_still_counts(void **state)
{
	struct scene *s = between(state);

	s->entries[0][1] = s->entries[3][1] = shared_page(100);
	set_own(s, 2, 1, 101);
	/* what only the one that is gone had loaded */
	s->entries[2][2] = s->entries[3][2] = shared_page(110);
	/* what it had copied before it forked: the master has not */
	s->entries[0][3] = own_page(120); /* unwritten since its fork */
	s->entries[2][3] = s->entries[3][3] = shared_page(121);
	s->likeness = 100;
	walk(s);
	assert_int_equal(pages(s, 0).shared, 1);
	assert_int_equal(pages(s, 0).cow_broken, 0);
	assert_pages(s, 2, .shared = 2, .cow_broken = 1);
	assert_pages(s, 3, .shared = 3);
	assert_int_equal(ledger_frames(s->ledger), 5);
}

/* Of two that have other pages the flag tells who wrote: the master, or the one that is gone. */
static void test_absent__the_master_s_flag_says_whether_it_copied(void **state)
{
	struct scene *s = between(state);

	s->entries[2][1] = s->entries[3][1] = shared_page(100);
	set_own(s, 0, 1, 101);
	s->entries[2][2] = s->entries[3][2] = shared_page(110);
	s->entries[0][2] = own_page(111); /* unwritten since its fork */
	walk(s);
	assert_int_equal(pages(s, 0).cow_broken, 1);
	assert_pages(s, 2, .shared = 2);
	/* watched: it writes another one */
	s->entries[0][3] = s->entries[2][3] = s->entries[3][3] = shared_page(120);
	walk(s);
	set_own(s, 0, 3, 121);
	walk(s);
	assert_int_equal(pages(s, 0).cow_broken, 2);
}

static void test_absent__without_frames_faults_bound_the_copies(void **state)
{
	struct scene *s = masterless(state);

	for (size_t k = 0; k < 4; k++)
		s->procs[k].frames = false;
	for (size_t k = 1; k < 4; k++) {
		for (size_t i = 0; i < 100; i++)
			s->entries[k][i] = i < 10 * k ? own_page(0) : shared_page(0);
		s->during[k] = 10 * k;
	}
	s->likeness = 100;
	walk(s);
	assert_pages(s, 1, .shared = 90, .cow_broken = 10);
	assert_pages(s, 3, .shared = 70, .cow_broken = 30);
	assert_true(exactness(s, 3) != EXACTNESS_EXACT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rule(test_absent__two_that_share_a_frame_have_the_original),
		rule(test_absent__the_last_holder_has_the_original),
		rule(test_absent__where_all_differ_contents_decide),
		rule(test_absent__what_is_not_alike_is_new),
		rule(test_absent__a_page_that_one_alone_has_is_new),
		rule(test_absent__zero_pages_and_files_are_no_originals),
		rule(test_absent__later_walks_remember),
		rule(test_absent__the_end_of_the_master_changes_no_copies),
		rule(test_absent__the_base_of_who_is_gone_still_counts),
		rule(test_absent__the_master_s_flag_says_whether_it_copied),
		rule(test_absent__without_frames_faults_bound_the_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
