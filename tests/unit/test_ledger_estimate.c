/*
 * The rules without frame numbers: bit 56 and first sight, bounded by faults.
 */
#include "lib/ledger_scene.h"

static void without_frames(struct scene *s)
{
	for (size_t k = 0; k < PROCS; k++)
		s->procs[k].frames = false;
}

static void test_estimate__first_sight_is_bounded_by_faults(void **state)
{
	struct scene *s = scene_of(state);

	without_frames(s);
	s->likeness = 100;
	for (size_t i = 0; i < 10; i++) {
		s->entries[0][i] = own_page(0);
		s->entries[1][i] = own_page(0);
	}
	s->entries[1][20] = own_page(0);
	s->procs[1].minflt = 7; /* one for the new page, six for copies */
	walk(s);
	assert_pages(s, 1, .cow_broken = 6, .orphaned = 4, .new = 1);
	assert_int_equal(exactness(s, 1), EXACTNESS_ESTIMATE);
}

static void test_estimate__a_sibling_that_leaves_breaks_nothing(void **state)
{
	struct scene *s = scene_of(state);

	without_frames(s);
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < 10; i++)
			s->entries[k][i] = shared_page(0);
	walk(s);
	for (size_t i = 0; i < 10; i++)
		s->entries[1][i] = own_page(0); /* the others went away: no fault of its own */
	walk(s);
	assert_pages(s, 1, .orphaned = 10);
	s->procs[1].minflt += 3;
	s->entries[1][10] = own_page(0);
	walk(s);
	assert_pages(s, 1, .orphaned = 10, .new = 1);
}

static void test_estimate__a_copy_may_be_seen_before_or_after_its_fault(void **state)
{
	struct scene *s = scene_of(state);

	without_frames(s);
	for (size_t k = 0; k < 3; k++)
		for (size_t i = 0; i < 10; i++)
			s->entries[k][i] = shared_page(0);
	walk(s);
	for (size_t i = 0; i < 4; i++) /* the walk sees four copies, and two more come behind it */
		s->entries[1][i] = own_page(0);
	s->during[1] = 6;
	walk(s);
	assert_pages(s, 1, .cow_broken = 4, .shared = 6);
	s->entries[1][4] = s->entries[1][5] = own_page(0);
	s->procs[1].minflt += 6;
	s->during[1] = 0;
	walk(s);
	assert_pages(s, 1, .cow_broken = 6, .shared = 4);
}

static void test_estimate__who_broke_it(void **state)
{
	struct scene *s = scene_of(state);

	without_frames(s);
	s->likeness = 100;
	s->entries[0][0] = own_page(0); /* the workers still share the original */
	s->entries[1][0] = s->entries[2][0] = shared_page(0);
	s->entries[0][1] = s->entries[1][1] = s->entries[2][1] = own_page(0);
	s->procs[1].minflt = s->procs[2].minflt = 1;
	walk(s);
	assert_pages(s, 0, .cow_broken = 1, .orphaned = 1);
	assert_pages(s, 1, .shared = 1, .cow_broken = 1);
}

/* Of one worker and the master both frames are exclusive: who had the faults made the copies, while one
 * looks and before. */
static void test_estimate__the_master_of_one_worker(void **state)
{
	struct scene *s = scene_of(state);

	without_frames(s);
	s->n = 2;
	s->likeness = 100;
	s->procs[0].minflt = s->procs[1].minflt = 50;
	for (size_t i = 0; i < 20; i++)
		s->entries[0][i] = s->entries[1][i] = shared_page(0);
	walk(s);
	for (size_t i = 0; i < 10; i++)
		s->entries[0][i] = s->entries[1][i] = own_page(0);
	s->procs[0].minflt += 6;
	s->procs[1].minflt += 4;
	walk(s);
	assert_pages(s, 0, .cow_broken = 6, .orphaned = 4, .shared = 10);
	assert_pages(s, 1, .cow_broken = 4, .orphaned = 6, .shared = 10);
	assert_int_equal(ledger_result(s->ledger, 0).growth.cow, 6);
	/* It goes on by the same account. */
	s->entries[0][10] = s->entries[1][10] = own_page(0);
	s->procs[0].minflt += 1;
	walk(s);
	assert_pages(s, 0, .cow_broken = 7, .orphaned = 4, .shared = 9);
	assert_int_equal(ledger_result(s->ledger, 0).growth.cow, 7);
}

/* A fault of the master for something else takes no copy from a worker that has one for it. */
static void test_estimate__what_a_worker_claims_is_not_the_masters(void **state)
{
	struct scene *s = scene_of(state);

	without_frames(s);
	s->n = 2;
	s->likeness = 100;
	for (size_t i = 0; i < 20; i++)
		s->entries[0][i] = s->entries[1][i] = shared_page(0);
	walk(s);
	for (size_t i = 0; i < 10; i++)
		s->entries[0][i] = s->entries[1][i] = own_page(0);
	s->procs[0].minflt += 5;
	s->procs[1].minflt += 10;
	walk(s);
	assert_pages(s, 0, .orphaned = 10, .shared = 10);
	assert_pages(s, 1, .cow_broken = 10, .shared = 10);
	assert_int_equal(ledger_result(s->ledger, 0).growth.cow, 0);
}

/* Both have written more pages than go without a label: were they there at the fork? */
static void written_by_both(struct scene *s, int likeness)
{
	without_frames(s);
	s->n = 2;
	s->likeness = likeness;
	for (size_t i = 0; i < 100; i++)
		s->entries[0][i] = s->entries[1][i] = own_page(0);
	s->procs[1].minflt = 200;
	walk(s);
}

/* Neither alike nor unlike: the master's may be the original, and the worker may have written all of its copy. */
static void test_estimate__contents_are_no_proof(void **state)
{
	struct scene *s = scene_of(state);

	for (int likeness = 100; likeness >= 0; likeness -= 50) {
		ledger_free(s->ledger);
		s->ledger = ledger_new(&(struct zero_frames){ .small = 7, .huge = 7168, .huge_pages = 512 },
				       4096);
		written_by_both(s, likeness);
		assert_pages(s, 1, .cow_broken = 100);
		assert_int_equal(exactness(s, 1), EXACTNESS_UPPER_BOUND);
		assert_int_equal(ledger_result(s->ledger, 1).doubt.new, 100);
	}
}

/* What lies in the heap above its end at the fork is younger, and new. */
static void test_estimate__younger_by_place_is_new(void **state)
{
	struct scene *s = scene_of(state);

	s->procs[1].late_from = BLOCK_PAGES;
	s->procs[1].late_to = 2 * BLOCK_PAGES;
	written_by_both(s, 100);
	assert_pages(s, 1, .new = 100);
	assert_int_equal(exactness(s, 1), EXACTNESS_ESTIMATE);
}

static int one_huge(void *ctx, size_t proc, uint64_t block)
{
	return 1;
}

/* A huge page of hugetlbfs is copied by one fault: few faults are no reason to call it inherited. */
static void test_estimate__a_hugetlb_page_takes_one_fault(void **state)
{
	struct scene *s = scene_of(state);
	const struct ledger_oracle oracle = { .kernel = &s->kernel, .huge = one_huge };
	struct ledger_view views[PROCS] = { 0 };

	without_frames(s);
	s->n = 2;
	for (size_t k = 0; k < s->n; k++) {
		for (size_t i = 0; i < BLOCK_PAGES; i++)
			s->entries[k][i] = own_page(0);
		s->procs[k].hugetlb = true;
		views[k] = (struct ledger_view){ .entries = s->entries[k], .kind = KIND_ANON };
	}
	s->procs[1].minflt = s->procs[1].minflt_after = 3;
	ledger_begin(s->ledger, s->procs, s->n, &oracle);
	ledger_block(s->ledger, 1, views);
	ledger_end(s->ledger);
	assert_pages(s, 1, .cow_broken = BLOCK_PAGES);
	assert_pages(s, 0, .orphaned = BLOCK_PAGES);
	assert_int_equal(exactness(s, 1), EXACTNESS_UPPER_BOUND);
}

/* A transparent huge page may have come with one fault, be it told of the block or of the process alone. */
static void huge_in_both(struct scene *s, uint64_t of_process, int of_block)
{
	without_frames(s);
	s->n = 2;
	for (size_t k = 0; k < s->n; k++) {
		for (size_t i = 0; i < BLOCK_PAGES; i++)
			s->entries[k][i] = own_page(0);
		s->procs[k].huge = of_process;
		s->huge[k] = of_block;
	}
	s->procs[1].minflt = s->procs[1].minflt_after = 3;
	walk(s);
}

static void test_estimate__a_huge_page_may_have_taken_one_fault(void **state)
{
	struct scene *s = scene_of(state);

	huge_in_both(s, 1, -1);
	assert_pages(s, 1, .cow_broken = BLOCK_PAGES);
	assert_int_equal(exactness(s, 1), EXACTNESS_UPPER_BOUND);
	assert_int_equal(ledger_result(s->ledger, 1).doubt.new, BLOCK_PAGES);
}

static void test_estimate__small_pages_take_a_fault_each(void **state)
{
	struct scene *s = scene_of(state);

	huge_in_both(s, 1, 0);
	assert_pages(s, 1, .cow_broken = 3, .orphaned = BLOCK_PAGES - 3);
}

/* What a sibling of the same burst still shares with the master was there. */
static void test_estimate__shared_with_a_sibling_is_proof(void **state)
{
	struct scene *s = scene_of(state);

	without_frames(s);
	s->likeness = 100;
	for (size_t i = 0; i < 100; i++) {
		s->entries[0][i] = s->entries[2][i] = shared_page(0);
		s->entries[1][i] = own_page(0);
	}
	s->procs[1].minflt = 200;
	walk(s);
	assert_pages(s, 1, .cow_broken = 100);
	assert_int_equal(exactness(s, 1), EXACTNESS_ESTIMATE);
	assert_int_equal(ledger_result(s->ledger, 1).doubt.new, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rule(test_estimate__first_sight_is_bounded_by_faults),
		rule(test_estimate__a_sibling_that_leaves_breaks_nothing),
		rule(test_estimate__a_copy_may_be_seen_before_or_after_its_fault),
		rule(test_estimate__who_broke_it),
		rule(test_estimate__the_master_of_one_worker),
		rule(test_estimate__what_a_worker_claims_is_not_the_masters),
		rule(test_estimate__contents_are_no_proof),
		rule(test_estimate__younger_by_place_is_new),
		rule(test_estimate__a_hugetlb_page_takes_one_fault),
		rule(test_estimate__a_huge_page_may_have_taken_one_fault),
		rule(test_estimate__small_pages_take_a_fault_each),
		rule(test_estimate__shared_with_a_sibling_is_proof),
	};

	return cmocka_run_group_tests_name("ledger_estimate", tests, NULL, NULL);
}
