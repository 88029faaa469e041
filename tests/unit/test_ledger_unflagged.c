/*
 * The rules where the kernel does not tell exclusive pages (before Linux 5.19): history, who else maps
 * the base's frame, contents, and faults.
 */
#include "lib/ledger_scene.h"

static void without_flag(struct scene *s)
{
	kernel_set(&s->kernel, KERNEL_FLAG, false);
	kernel_set(&s->kernel, KERNEL_EXCLUSIVE_EACH, true);
}

/* Pages that are mapped once, alike, and no flag is set. */
static void both_have_their_own(struct scene *s)
{
	without_flag(s);
	s->n = 2;
	s->likeness = 99;
	s->procs[1].minflt = 1000;
	for (size_t i = 0; i < 300; i++) {
		s->entries[0][i] = own_page(1000 + 2 * i);
		s->entries[1][i] = own_page(3000 + 2 * i);
	}
}

static void test_sight__no_flag_is_no_answer(void **state)
{
	struct scene *s = scene_of(state);

	both_have_their_own(s);
	walk(s);
	assert_pages(s, 1, .cow_broken = 300);
	assert_pages(s, 0, .orphaned = 300);
	assert_int_equal(exactness(s, 0), EXACTNESS_ESTIMATE);
	/* both may have loaded it after the fork: copied at most, and perhaps none */
	assert_int_equal(exactness(s, 1), EXACTNESS_UPPER_BOUND);
	assert_int_equal(ledger_result(s->ledger, 1).doubt.new, 300);
}

static void test_sight__copies_are_bounded_by_faults_and_the_rest_is_the_masters(void **state)
{
	struct scene *s = scene_of(state);

	without_flag(s);
	s->n = 2;
	s->likeness = 99;
	s->procs[1].minflt = 120; /* 20 of them for new pages */
	for (size_t i = 0; i < 300; i++) {
		s->entries[0][i] = own_page(1000 + 2 * i);
		s->entries[1][i] = own_page(3000 + 2 * i);
	}
	for (size_t i = 300; i < 320; i++)
		s->entries[1][i] = own_page(5000 + 2 * i);
	walk(s);
	assert_pages(s, 1, .cow_broken = 100, .orphaned = 200, .new = 20);
	assert_pages(s, 0, .cow_broken = 200, .orphaned = 100);
}

static void test_sight__the_bases_other_sharers_prove_a_copy(void **state)
{
	struct scene *s = scene_of(state);

	without_flag(s);
	for (size_t i = 0; i < 100; i++) {
		s->entries[0][i] = s->entries[2][i] = shared_page(1000 + 2 * i);
		s->entries[1][i] = own_page(3000 + 2 * i); /* the older one */
	}
	s->procs[1].minflt = 100;
	walk(s);
	assert_pages(s, 0, .shared = 100);
	assert_pages(s, 1, .cow_broken = 100);
	assert_int_equal(exactness(s, 1), EXACTNESS_EXACT);
	assert_int_equal(s->contents_asked, 0);
}

static void test_sight__a_younger_generation_proves_nothing_of_an_older(void **state)
{
	struct scene *s = scene_of(state);

	without_flag(s);
	s->likeness = 99;
	s->procs[2].start_ticks = s->procs[1].start_ticks + BURST_GAP_TICKS + 1;
	for (size_t i = 0; i < 100; i++) {
		s->entries[0][i] = s->entries[2][i] = shared_page(1000 + 2 * i);
		s->entries[1][i] = own_page(3000 + 2 * i); /* no fault: it has the original */
	}
	walk(s);
	assert_pages(s, 1, .orphaned = 100);
	assert_int_equal(exactness(s, 1), EXACTNESS_ESTIMATE);
}

static void test_sight__a_base_that_was_watched_since_before_the_fork(void **state)
{
	struct scene *s = scene_of(state);

	without_flag(s);
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < 100; i++)
			s->entries[k][i] = shared_page(1000 + 2 * i);
	s->n = 2;
	walk(s);
	s->n = 3;
	s->procs[2].start_ticks += 10 * BURST_GAP_TICKS;
	s->procs[1].minflt = s->procs[2].minflt = 100;
	for (size_t i = 0; i < 100; i++) {
		s->entries[1][i] = own_page(3000 + 2 * i); /* the old one copies, and so does the new one */
		s->entries[2][i] = own_page(5000 + 2 * i);
		s->entries[0][i] = own_page(1000 + 2 * i);
	}
	walk(s);
	assert_pages(s, 0, .orphaned = 100);
	assert_pages(s, 1, .cow_broken = 100);
	assert_pages(s, 2, .cow_broken = 100);
	assert_int_equal(exactness(s, 2), EXACTNESS_EXACT);
	assert_int_equal(s->contents_asked, 0);
}

static void test_sight__unlike_contents_are_new_memory(void **state)
{
	struct scene *s = scene_of(state);

	without_flag(s);
	s->n = 2;
	s->likeness = 3;
	s->procs[1].minflt = 1000;
	s->entries[0][0] = own_page(100);
	s->entries[1][0] = own_page(200);
	walk(s);
	assert_pages(s, 0, .new = 1);
	assert_pages(s, 1, .new = 1);
}

static void test_sight__a_part_of_a_large_folio_is_the_original(void **state)
{
	struct scene *s = scene_of(state);

	without_flag(s);
	s->n = 2;
	s->likeness = 99;
	s->procs[1].minflt = 1000;
	s->entries[0][3] = own_page(100); /* the master copied one page of its huge page ... */
	s->entries[1][3] = own_page(203);
	s->flags[203] = KPF_COMPOUND_TAIL;
	s->entries[0][4] = own_page(204); /* ... and the worker another one */
	s->entries[1][4] = own_page(110);
	s->flags[204] = KPF_COMPOUND_TAIL;
	walk(s);
	assert_pages(s, 1, .orphaned = 1, .cow_broken = 1);
}

static void test_sight__a_huge_copy_costs_one_fault(void **state)
{
	struct scene *s = scene_of(state);

	without_flag(s);
	kernel_set(&s->kernel, KERNEL_HUGE_COPY_ONE, false); /* before 5.8 */
	s->n = 2;
	s->likeness = 99;
	s->procs[1].minflt = 1;
	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		s->entries[0][i] = own_page(512 + i);
		s->entries[1][i] = own_page(1024 + i);
		s->flags[512 + i] = s->flags[1024 + i] = i ? KPF_COMPOUND_TAIL : KPF_COMPOUND_HEAD;
	}
	walk(s);
	assert_pages(s, 0, .orphaned = 512);
	assert_pages(s, 1, .cow_broken = 512);
	assert_int_equal(ledger_result(s->ledger, 1).growth.cow, 512);
}

static void test_sight__bit_56_of_a_huge_page_is_not_each_pages_own(void **state)
{
	struct scene *s = scene_of(state);

	without_flag(s);
	kernel_set(&s->kernel, KERNEL_EXCLUSIVE_EACH, false);
	s->n = 2;
	s->procs[1].minflt = 1;
	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		s->entries[0][i] = own_page(1024 + i); /* all show the bit of the first */
		s->entries[1][i] = shared_page(1024 + i);
	}
	s->entries[1][0] = own_page(200);
	s->likeness = 99;
	walk(s);
	assert_pages(s, 0, .shared = 511, .orphaned = 1);
	assert_pages(s, 1, .shared = 511, .cow_broken = 1);
}

static void test_sight__the_huge_zero_page_is_no_page(void **state)
{
	struct scene *s = scene_of(state);

	without_flag(s);
	s->n = 2;
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		s->entries[1][i] = shared_page(7168 +
					       i); /* on older kernels it looks like anonymous memory */
	walk(s);
	assert_pages(s, 1, .shared = 0);
	assert_int_equal(ledger_frames(s->ledger), 0);
}

static void test_sight__what_is_alone_at_its_address_is_a_guess(void **state)
{
	struct scene *s = scene_of(state);

	without_flag(s);
	s->n = 2;
	for (size_t i = 0; i < FIRST_WALK_TOLERANCE + 1; i++)
		s->entries[1][i] = own_page(100 + 2 * i); /* new, or the master freed it */
	walk(s);
	assert_pages(s, 1, .new = FIRST_WALK_TOLERANCE + 1);
	assert_int_equal(exactness(s, 1), EXACTNESS_ESTIMATE);
}

static void test_later__watched_from_the_fork_a_copy_is_certain(void **state)
{
	struct scene *s = scene_of(state);

	without_flag(s);
	s->n = 2;
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < 200; i++)
			s->entries[k][i] = shared_page(1000 + 2 * i);
	walk(s);
	for (size_t i = 0; i < 100; i++) { /* the worker copies half, and the master the other half */
		s->entries[1][i] = own_page(3000 + 2 * i);
		s->entries[0][i] = own_page(1000 + 2 * i);
		s->entries[0][100 + i] = own_page(5000 + 2 * i);
		s->entries[1][100 + i] = own_page(1200 + 2 * i);
	}
	walk(s);
	assert_pages(s, 0, .cow_broken = 100, .orphaned = 100);
	assert_pages(s, 1, .cow_broken = 100, .orphaned = 100);
	assert_int_equal(exactness(s, 0), EXACTNESS_EXACT);
	assert_int_equal(exactness(s, 1), EXACTNESS_EXACT);
}

/* A worker's 100 originals that nobody else has turn up in other frames. */
static void move_originals(struct scene *s, uint64_t faults)
{
	s->n = 2;
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < 100; i++)
			s->entries[k][i] = shared_page(1000 + 2 * i);
	walk(s);
	for (size_t i = 0; i < 100; i++) {
		s->entries[0][i] = 0;
		s->entries[1][i] = own_page(1000 + 2 * i);
	}
	walk(s);
	s->procs[1].minflt += faults;
	for (size_t i = 0; i < 100; i++)
		s->entries[1][i] = own_page(3001 + 2 * i);
	walk(s);
}

/* What was ambiguous counts as an original in swap and after it: by a guess. */
static void test_later__what_swap_decides_is_a_guess(void **state)
{
	struct scene *s = scene_of(state);

	both_have_their_own(s);
	walk(s);
	for (size_t i = 0; i < 300; i++)
		s->entries[1][i] = PM_SWAP | (i + 1) << 5;
	walk(s);
	assert_pages(s, 1, .swapped = 300);
	for (size_t i = 0; i < 300; i++)
		s->entries[1][i] = own_page(3001 + 2 * i);
	walk(s);
	assert_pages(s, 1, .orphaned = 300);
	assert_int_equal(exactness(s, 1), EXACTNESS_ESTIMATE);
}

static void test_later__the_last_owner_never_copies(void **state)
{
	struct scene *s = scene_of(state);

	without_flag(s);
	move_originals(s, 100);
	assert_pages(s, 1, .orphaned = 100);
	assert_int_equal(exactness(s, 1), EXACTNESS_EXACT);
}

static void test_later__or_perhaps_it_does(void **state)
{
	struct scene *s = scene_of(state);

	without_flag(s);
	kernel_set(&s->kernel, KERNEL_REUSE, false); /* 5.9 to 5.18 */
	move_originals(s, 70);
	assert_pages(s, 1, .cow_broken = 70, .orphaned = 30);
	assert_int_equal(exactness(s, 1), EXACTNESS_ESTIMATE);
}

static void set_folio_of_the_master(struct scene *s)
{
	without_flag(s);
	s->n = 2;
	s->likeness = 99;
	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		s->entries[0][i] = own_page(1024 + i);
		s->flags[1024 + i] = (i ? KPF_COMPOUND_TAIL : KPF_COMPOUND_HEAD) | KPF_THP;
		s->entries[1][i] = own_page(4000 + 2 * i);
	}
}

static void test_sight__a_huge_page_that_the_base_has_since_proves_no_copy(void **state)
{
	struct scene *s = scene_of(state);

	set_folio_of_the_master(s); /* collapsed: the child has all originals, and no fault */
	walk(s);
	assert_pages(s, 1, .orphaned = BLOCK_PAGES);
}

static void test_sight__a_huge_page_of_which_it_has_a_part_was_inherited(void **state)
{
	struct scene *s = scene_of(state);

	set_folio_of_the_master(s);
	s->entries[0][7] = s->entries[1][7] = shared_page(1024 + 7);
	walk(s);
	assert_pages(s, 1, .shared = 1, .cow_broken = BLOCK_PAGES - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rule(test_sight__no_flag_is_no_answer),
		rule(test_sight__copies_are_bounded_by_faults_and_the_rest_is_the_masters),
		rule(test_sight__the_bases_other_sharers_prove_a_copy),
		rule(test_sight__a_younger_generation_proves_nothing_of_an_older),
		rule(test_sight__a_base_that_was_watched_since_before_the_fork),
		rule(test_sight__unlike_contents_are_new_memory),
		rule(test_sight__a_part_of_a_large_folio_is_the_original),
		rule(test_sight__a_huge_copy_costs_one_fault),
		rule(test_sight__bit_56_of_a_huge_page_is_not_each_pages_own),
		rule(test_sight__the_huge_zero_page_is_no_page),
		rule(test_sight__what_is_alone_at_its_address_is_a_guess),
		rule(test_later__watched_from_the_fork_a_copy_is_certain),
		rule(test_later__what_swap_decides_is_a_guess),
		rule(test_later__the_last_owner_never_copies),
		rule(test_later__or_perhaps_it_does),
		rule(test_sight__a_huge_page_that_the_base_has_since_proves_no_copy),
		rule(test_sight__a_huge_page_of_which_it_has_a_part_was_inherited),
	};

	return cmocka_run_group_tests_name("ledger_unflagged", tests, NULL, NULL);
}
