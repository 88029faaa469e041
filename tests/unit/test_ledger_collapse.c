/*
 * Small pages that became one huge page: what tells a collapse from a fault, from memory that was given back
 * or moved, and from migration.
 */
#include "lib/ledger_scene.h"

#define HUGE_FRAME 1024 /* where a huge page begins; more follow in rows */
#define WRITTEN 300

/* Process k: all pages of the block in the huge page that begins at `first`. */
static void set_huge(struct scene *s, size_t k, uint64_t first, uint64_t flags)
{
	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		s->entries[k][i] = own_page(first + i);
		s->flags[first + i] = (i ? KPF_COMPOUND_TAIL : KPF_COMPOUND_HEAD) | flags;
	}
}

/* All share small pages, and worker 1 has copied the first WRITTEN of them; walked. */
static void set_small(struct scene *s)
{
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		for (size_t k = 0; k < s->n; k++)
			s->entries[k][i] = shared_page(4000 + 2 * i);
	walk(s);
	for (size_t i = 0; i < WRITTEN; i++) {
		s->entries[1][i] = own_page(2500 + 2 * i);
		s->flags[2500 + 2 * i] = OWN;
	}
	s->procs[1].minflt += WRITTEN;
	walk(s);
	assert_pages(s, 1, .shared = BLOCK_PAGES - WRITTEN, .cow_broken = WRITTEN);
	s->likeness = 100;
}

static fact collapsed(const struct scene *s, size_t k)
{
	return ledger_result(s->ledger, k).collapsed;
}

static struct growth_facts growth(const struct scene *s, size_t k)
{
	return ledger_result(s->ledger, k).growth;
}

static void test_collapse__shared_pages_are_copied_without_a_fault(void **state)
{
	struct scene *s = scene_of(state);

	set_small(s);
	set_huge(s, 1, HUGE_FRAME, KPF_THP | OWN);
	walk(s);
	assert_pages(s, 1, .cow_broken = BLOCK_PAGES);
	assert_pages(s, 2, .shared = BLOCK_PAGES);
	assert_int_equal(collapsed(s, 1), BLOCK_PAGES - WRITTEN);
	assert_int_equal(growth(s, 1).cow, WRITTEN);
	assert_int_equal(growth(s, 1).collapsed, BLOCK_PAGES - WRITTEN);
	assert_int_equal(growth(s, 1).sighted, 0);
	assert_int_equal(exactness(s, 1), EXACTNESS_EXACT);
	walk(s); /* it stays so */
	assert_int_equal(collapsed(s, 1), BLOCK_PAGES - WRITTEN);
	assert_int_equal(growth(s, 1).collapsed, BLOCK_PAGES - WRITTEN);
}

static void test_collapse__holes_are_filled(void **state)
{
	struct scene *s = scene_of(state);

	set_small(s);
	for (size_t i = 400; i < BLOCK_PAGES; i++)
		s->entries[1][i] = 0;
	walk(s);
	set_huge(s, 1, HUGE_FRAME, KPF_THP | OWN);
	walk(s);
	assert_pages(s, 1, .cow_broken = 400, .new = BLOCK_PAGES - 400);
	assert_int_equal(collapsed(s, 1), 400 - WRITTEN);
	assert_int_equal(growth(s, 1).new, 0);
	assert_int_equal(growth(s, 1).filled, BLOCK_PAGES - 400);
}

static void test_collapse__part_of_it_is_unmapped_since(void **state)
{
	struct scene *s = scene_of(state);

	set_small(s);
	set_huge(s, 1, HUGE_FRAME, KPF_THP | OWN);
	for (size_t i = 400; i < BLOCK_PAGES; i++)
		s->entries[1][i] = 0;
	walk(s);
	assert_pages(s, 1, .cow_broken = 400);
	assert_int_equal(collapsed(s, 1), 400 - WRITTEN);
}

static void test_collapse__other_contents_are_new_memory(void **state)
{
	struct scene *s = scene_of(state);

	set_small(s);
	s->likeness = 3;
	set_huge(s, 1, HUGE_FRAME, KPF_THP | OWN);
	walk(s);
	assert_pages(s, 1, .new = BLOCK_PAGES);
	assert_int_equal(collapsed(s, 1), 0);
	assert_int_equal(growth(s, 1).collapsed, 0);
	assert_int_equal(growth(s, 1).cow, WRITTEN);
	assert_int_equal(growth(s, 1).new, 1); /* one fault for all of it */
}

static void test_collapse__faults_decide_where_contents_tell_nothing(void **state)
{
	struct scene *s = scene_of(state);

	set_small(s);
	s->likeness = -1;
	set_huge(s, 1, HUGE_FRAME, KPF_THP | OWN);
	walk(s);
	assert_int_equal(collapsed(s, 1), BLOCK_PAGES - WRITTEN);
}

static void test_collapse__as_many_faults_as_pages_are_copies(void **state)
{
	struct scene *s = scene_of(state);

	set_small(s);
	s->likeness = -1;
	s->procs[1].minflt += BLOCK_PAGES;
	set_huge(s, 1, HUGE_FRAME, KPF_THP | OWN);
	walk(s);
	assert_int_equal(collapsed(s, 1), 0);
	assert_int_equal(growth(s, 1).cow, BLOCK_PAGES);
}

static void test_collapse__small_pages_in_a_row_are_no_huge_page(void **state)
{
	struct scene *s = scene_of(state);

	set_small(s);
	set_huge(s, 1, HUGE_FRAME, 0);
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		s->flags[HUGE_FRAME + i] = OWN; /* 512 pages, no folio */
	walk(s);
	assert_int_equal(collapsed(s, 1), 0);
	assert_pages(s, 1, .cow_broken = BLOCK_PAGES);
}

static void test_collapse__smaller_folios_never_take_shared_pages(void **state)
{
	struct scene *s = scene_of(state);

	set_small(s);
	set_huge(s, 1, HUGE_FRAME, KPF_THP | OWN);
	for (size_t i = 0; i < BLOCK_PAGES; i += 16)
		s->flags[HUGE_FRAME + i] = KPF_COMPOUND_HEAD | KPF_THP | OWN;
	walk(s);
	assert_int_equal(collapsed(s, 1), 0);
}

static void test_collapse__hugetlb_pages_are_copied_by_a_fault(void **state)
{
	struct scene *s = scene_of(state);

	for (size_t k = 0; k < s->n; k++) {
		set_huge(s, k, HUGE_FRAME, KPF_HUGE);
		for (size_t i = 0; i < BLOCK_PAGES; i++)
			s->entries[k][i] &= ~PM_EXCLUSIVE;
	}
	walk(s);
	set_huge(s, 1, 2048, KPF_HUGE | OWN);
	s->likeness = 100;
	walk(s);
	assert_pages(s, 1, .cow_broken = BLOCK_PAGES);
	assert_int_equal(collapsed(s, 1), 0);
	assert_int_equal(growth(s, 1).collapsed, 0);
}

static void test_collapse__a_huge_page_that_moves_is_no_copy(void **state)
{
	struct scene *s = scene_of(state);

	for (size_t k = 0; k < s->n; k++)
		set_huge(s, k, HUGE_FRAME, KPF_THP);
	walk(s);
	for (size_t k = 0; k < s->n; k++)
		set_huge(s, k, 2048, KPF_THP); /* migration, for all who map it */
	s->likeness = 100;
	walk(s);
	for (size_t k = 0; k < s->n; k++) {
		assert_pages(s, k, .shared = BLOCK_PAGES);
		assert_int_equal(growth(s, k).collapsed, 0);
	}
}

static void test_collapse__a_fault_on_new_memory_is_one_fault(void **state)
{
	struct scene *s = scene_of(state);

	walk(s);
	set_huge(s, 1, HUGE_FRAME, KPF_THP | OWN);
	walk(s);
	assert_pages(s, 1, .new = BLOCK_PAGES);
	assert_int_equal(growth(s, 1).new, 1);
	assert_int_equal(growth(s, 1).filled, 0);
}

static void test_collapse__the_master_copies_too(void **state)
{
	struct scene *s = scene_of(state);

	set_small(s);
	set_huge(s, 0, HUGE_FRAME, KPF_THP | OWN);
	walk(s);
	assert_pages(s, 0, .cow_broken = BLOCK_PAGES); /* worker 2 has all of the originals */
	assert_pages(s, 1, .shared = BLOCK_PAGES - WRITTEN, .cow_broken = WRITTEN);
	assert_int_equal(collapsed(s, 0), BLOCK_PAGES);
	assert_int_equal(growth(s, 0).cow, 0);
}

static void test_collapse__what_nobody_else_has_is_moved(void **state)
{
	struct scene *s = scene_of(state);

	s->n = 2;
	set_small(s);
	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		s->entries[0][i] = own_page(6000 + 2 * i);
		s->flags[6000 + 2 * i] = OWN;
		s->entries[1][i] |= PM_EXCLUSIVE;
	}
	walk(s);
	assert_pages(s, 1, .orphaned = BLOCK_PAGES - WRITTEN, .cow_broken = WRITTEN);
	set_huge(s, 1, HUGE_FRAME, KPF_THP | OWN);
	walk(s);
	assert_pages(s, 1, .orphaned = BLOCK_PAGES - WRITTEN, .cow_broken = WRITTEN);
	assert_int_equal(growth(s, 1).collapsed, 0);
}

static void test_collapse__at_first_sight_at_most(void **state)
{
	struct scene *s = scene_of(state);

	s->likeness = 100;
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		s->entries[0][i] = s->entries[2][i] = shared_page(4000 + 2 * i);
	set_huge(s, 1, HUGE_FRAME, KPF_THP | OWN);
	walk(s);
	assert_pages(s, 1, .cow_broken = BLOCK_PAGES);
	assert_int_equal(collapsed(s, 1), BLOCK_PAGES);
	assert_int_equal(growth(s, 1).sighted, BLOCK_PAGES);
	/* the master has not written its pages since the fork: they were there */
	assert_int_equal(ledger_result(s->ledger, 1).doubt.new, 0);
	assert_int_equal(exactness(s, 1), EXACTNESS_EXACT);
	assert_int_equal(exactness(s, 0), EXACTNESS_EXACT);
}

/* Each loaded the same after the fork, into huge pages that a fault brought: or all were collapsed. */
static void test_collapse__at_first_sight_huge_pages_of_all_are_in_doubt(void **state)
{
	struct scene *s = scene_of(state);

	s->likeness = 100;
	for (size_t k = 0; k < s->n; k++)
		set_huge(s, k, HUGE_FRAME * (k + 1), KPF_THP | OWN);
	walk(s);
	for (size_t k = 1; k < s->n; k++) {
		assert_pages(s, k, .cow_broken = BLOCK_PAGES);
		assert_int_equal(exactness(s, k), EXACTNESS_UPPER_BOUND);
		assert_int_equal(ledger_result(s->ledger, k).doubt.new, BLOCK_PAGES);
	}
	assert_int_equal(exactness(s, 0), EXACTNESS_ESTIMATE); /* new, or what they left to it */
}

/* Written by the worker until they were no more alike: inherited all the same. */
static void test_collapse__at_first_sight_unlike_pages_in_between_were_there(void **state)
{
	struct scene *s = scene_of(state);

	s->likeness = 100;
	s->unlike = 100;
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		s->entries[0][i] = s->entries[2][i] = shared_page(4000 + 2 * i);
	set_huge(s, 1, HUGE_FRAME, KPF_THP | OWN);
	walk(s);
	assert_pages(s, 1, .cow_broken = BLOCK_PAGES);
	assert_int_equal(growth(s, 1).sighted, BLOCK_PAGES);
}

static void test_collapse__at_first_sight_other_contents_are_no_collapse(void **state)
{
	struct scene *s = scene_of(state);

	s->likeness = 3;
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		s->entries[0][i] = s->entries[2][i] = shared_page(4000 + 2 * i);
	set_huge(s, 1, HUGE_FRAME, KPF_THP | OWN);
	walk(s);
	assert_int_equal(collapsed(s, 1), 0);
	assert_int_equal(growth(s, 1).sighted, 0);
}

/* ---- without frame numbers */

static void set_small_without_frames(struct scene *s)
{
	for (size_t k = 0; k < PROCS; k++)
		s->procs[k].frames = false;
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		for (size_t k = 0; k < s->n; k++)
			s->entries[k][i] = k == 1 && i < WRITTEN ? own_page(0) : shared_page(0);
	s->procs[1].minflt = WRITTEN;
	walk(s);
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		s->entries[1][i] = own_page(0);
}

static void test_collapse__without_frames(void **state)
{
	struct scene *s = scene_of(state);
	fact copied;

	set_small_without_frames(s);
	copied = pages(s, 1).cow_broken;
	s->huge[1] = 1;
	walk(s);
	assert_int_equal(collapsed(s, 1), BLOCK_PAGES - WRITTEN);
	assert_int_equal(pages(s, 1).cow_broken - copied, BLOCK_PAGES - WRITTEN);
	assert_int_equal(growth(s, 1).collapsed, BLOCK_PAGES - WRITTEN);
	assert_int_equal(exactness(s, 1), EXACTNESS_ESTIMATE);
}

static void test_collapse__without_frames_the_others_have_left(void **state)
{
	struct scene *s = scene_of(state);

	set_small_without_frames(s);
	walk(s); /* all is its own now, and small */
	assert_int_equal(collapsed(s, 1), 0);
	assert_int_equal(pages(s, 1).orphaned, BLOCK_PAGES - WRITTEN);
}

static void test_collapse__without_frames_by_the_sum_of_huge_pages(void **state)
{
	struct scene *s = scene_of(state);

	set_small_without_frames(s);
	s->huge[1] = -1;
	s->procs[1].huge = 1;
	walk(s);
	assert_int_equal(collapsed(s, 1), BLOCK_PAGES - WRITTEN);
}

static void test_collapse__without_frames_a_huge_page_that_was_shared_is_no_collapse(void **state)
{
	struct scene *s = scene_of(state);

	for (size_t k = 0; k < PROCS; k++) {
		s->procs[k].frames = false;
		s->procs[k].huge = 1;
		s->huge[k] = 1;
	}
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		for (size_t k = 0; k < s->n; k++)
			s->entries[k][i] = shared_page(0);
	walk(s);
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		s->entries[1][i] = own_page(0); /* the others went away */
	walk(s);
	assert_int_equal(collapsed(s, 1), 0);
	assert_pages(s, 1, .orphaned = BLOCK_PAGES);
}

static void set_huge_at_first_sight_without_frames(struct scene *s)
{
	for (size_t k = 0; k < PROCS; k++) {
		s->procs[k].frames = false;
		s->huge[k] = -1;
	}
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		for (size_t k = 0; k < s->n; k++)
			s->entries[k][i] = k == 1 ? own_page(0) : shared_page(0);
	s->likeness = 100;
}

static void test_collapse__without_frames_at_first_sight_by_the_sum_of_huge_pages(void **state)
{
	struct scene *s = scene_of(state);

	set_huge_at_first_sight_without_frames(s);
	s->procs[1].huge = 1;
	walk(s);
	assert_int_equal(collapsed(s, 1), BLOCK_PAGES);
	assert_int_equal(growth(s, 1).sighted, BLOCK_PAGES);
	assert_int_equal(exactness(s, 1), EXACTNESS_ESTIMATE);
}

static void test_collapse__without_frames_huge_pages_that_the_base_has_too_are_inherited(void **state)
{
	struct scene *s = scene_of(state);

	set_huge_at_first_sight_without_frames(s);
	s->procs[0].huge = s->procs[1].huge = 1;
	walk(s);
	assert_int_equal(collapsed(s, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rule(test_collapse__shared_pages_are_copied_without_a_fault),
		rule(test_collapse__holes_are_filled),
		rule(test_collapse__part_of_it_is_unmapped_since),
		rule(test_collapse__other_contents_are_new_memory),
		rule(test_collapse__faults_decide_where_contents_tell_nothing),
		rule(test_collapse__as_many_faults_as_pages_are_copies),
		rule(test_collapse__small_pages_in_a_row_are_no_huge_page),
		rule(test_collapse__smaller_folios_never_take_shared_pages),
		rule(test_collapse__hugetlb_pages_are_copied_by_a_fault),
		rule(test_collapse__a_huge_page_that_moves_is_no_copy),
		rule(test_collapse__a_fault_on_new_memory_is_one_fault),
		rule(test_collapse__the_master_copies_too),
		rule(test_collapse__what_nobody_else_has_is_moved),
		rule(test_collapse__at_first_sight_at_most),
		rule(test_collapse__at_first_sight_huge_pages_of_all_are_in_doubt),
		rule(test_collapse__at_first_sight_unlike_pages_in_between_were_there),
		rule(test_collapse__at_first_sight_other_contents_are_no_collapse),
		rule(test_collapse__without_frames),
		rule(test_collapse__without_frames_the_others_have_left),
		rule(test_collapse__without_frames_by_the_sum_of_huge_pages),
		rule(test_collapse__without_frames_a_huge_page_that_was_shared_is_no_collapse),
		rule(test_collapse__without_frames_at_first_sight_by_the_sum_of_huge_pages),
		rule(test_collapse__without_frames_huge_pages_that_the_base_has_too_are_inherited),
	};

	return cmocka_run_group_tests_name("ledger_collapse", tests, NULL, NULL);
}
