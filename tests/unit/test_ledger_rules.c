/*
 * The rules of the ledger one by one: what a first look decides by, what history decides, and what
 * is left out.
 */
#include "lib/ledger_scene.h"

static void test_sight__same_frame_is_shared(void **state)
{
	struct scene *s = scene_of(state);

	for (size_t k = 0; k < 3; k++)
		for (size_t i = 0; i < 5; i++)
			s->entries[k][i] = shared_page(101 + i);
	walk(s);
	for (size_t k = 0; k < 3; k++)
		assert_pages(s, k, .shared = 5);
	assert_int_equal(s->flags_asked, 0);
	assert_int_equal(ledger_frames(s->ledger), 5);
}

static void test_sight__an_older_sibling_that_shares_proves_a_copy(void **state)
{
	struct scene *s = scene_of(state);

	s->entries[0][0] = s->entries[1][0] = shared_page(100);
	s->entries[2][0] = own_page(200);
	walk(s);
	assert_pages(s, 2, .cow_broken = 1);
	assert_int_equal(s->flags_asked, 0);
	assert_int_equal(exactness(s, 2), EXACTNESS_EXACT);
	assert_int_equal(ledger_frames(s->ledger), 2);
}

static void test_sight__a_page_never_written_since_fork_is_the_masters_doing(void **state)
{
	struct scene *s = scene_of(state);

	s->n = 2;
	s->entries[0][0] = own_page(200);
	s->entries[1][0] = own_page(100); /* the original, AE clear */
	s->flags[200] = OWN;
	walk(s);
	assert_pages(s, 0, .cow_broken = 1);
	assert_pages(s, 1, .orphaned = 1);
}

static void test_sight__alone_at_its_address(void **state)
{
	struct scene *s = scene_of(state);

	s->entries[1][0] = own_page(100); /* nobody ever wrote it: the master freed it */
	s->entries[1][1] = own_page(101);
	s->entries[1][2] = own_page(102);
	s->kinds[1][2] = KIND_FILE_PRIVATE;
	s->flags[101] = s->flags[102] = OWN;
	walk(s);
	assert_pages(s, 1, .orphaned = 1, .new = 1, .cow_file = 1);
	assert_int_equal(exactness(s, 1), EXACTNESS_EXACT);
}

static void test_sight__the_base_kept_the_original(void **state)
{
	struct scene *s = scene_of(state);

	for (size_t k = 0; k < 3; k++)
		s->entries[k][0] = own_page(100 + k);
	s->flags[101] = s->flags[102] = OWN; /* the master's is unwritten since the forks */
	walk(s);
	assert_pages(s, 0, .orphaned = 1);
	assert_pages(s, 1, .cow_broken = 1);
	assert_pages(s, 2, .cow_broken = 1);
	assert_int_equal(s->contents_asked, 0);
}

static void test_sight__contents_decide_what_flags_cannot(void **state)
{
	struct scene *s = scene_of(state);

	for (size_t k = 0; k < 3; k++) {
		s->entries[k][0] = own_page(100 + k);
		s->flags[100 + k] = OWN;
	}
	s->likeness = 98;
	walk(s);
	assert_pages(s, 1, .cow_broken = 1);
	assert_int_equal(exactness(s, 1), EXACTNESS_EXACT);
}

static void test_sight__unlike_contents_are_new_memory(void **state)
{
	struct scene *s = scene_of(state);

	for (size_t k = 0; k < 3; k++) {
		s->entries[k][0] = own_page(100 + k);
		s->flags[100 + k] = OWN;
	}
	s->likeness = 3;
	walk(s);
	assert_pages(s, 0, .new = 1);
	assert_pages(s, 1, .new = 1);
	assert_pages(s, 2, .new = 1);
}

static void test_sight__undecidable_is_an_upper_bound(void **state)
{
	struct scene *s = scene_of(state);

	for (size_t k = 0; k < 3; k++) {
		s->entries[k][0] = own_page(100 + k);
		s->flags[100 + k] = OWN;
	}
	s->likeness = -1;
	walk(s);
	assert_pages(s, 1, .cow_broken = 1);
	assert_int_equal(exactness(s, 1), EXACTNESS_UPPER_BOUND);
}

static void test_sight__a_younger_burst_makes_the_base_a_doubtful_witness(void **state)
{
	struct scene *s = scene_of(state);

	s->procs[2].start_ticks = s->procs[1].start_ticks + BURST_GAP_TICKS + 1;
	s->entries[0][0] = s->entries[2][0] = shared_page(100);
	s->entries[1][0] = own_page(101); /* did it copy 100, or is 100 younger than it? */
	s->flags[101] = OWN;
	s->likeness = 2;
	walk(s);
	assert_int_equal(s->contents_asked, 1);
	assert_pages(s, 1, .new = 1);
}

/* The base shares a whole block with its youngest, the eldest has pages of its own there. */
static void youngest_shares_a_block(struct scene *s)
{
	s->n = 4;
	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		s->entries[0][i] = s->entries[3][i] = shared_page(1000 + i);
		s->entries[1][i] = own_page(2000 + i);
		s->flags[2000 + i] = OWN;
	}
	s->likeness = 98;
}

static void test_sight__what_one_of_the_burst_lacks_may_be_younger_than_it(void **state)
{
	struct scene *s = scene_of(state);

	youngest_shares_a_block(s);
	walk(s);
	assert_int_equal(exactness(s, 1), EXACTNESS_UPPER_BOUND);
	assert_int_equal(ledger_result(s->ledger, 1).doubt.new, BLOCK_PAGES);
	assert_int_equal(exactness(s, 3), EXACTNESS_EXACT);
}

static void test_sight__what_all_of_the_burst_have_was_there_before_it(void **state)
{
	struct scene *s = scene_of(state);

	youngest_shares_a_block(s);
	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		s->entries[2][i] = own_page(3000 + i);
		s->flags[3000 + i] = OWN;
	}
	walk(s);
	for (size_t k = 1; k < 3; k++) {
		assert_pages(s, k, .cow_broken = BLOCK_PAGES);
		assert_int_equal(exactness(s, k), EXACTNESS_EXACT);
	}
	assert_int_equal(s->contents_asked, 0);
}

static void test_sight__a_grandchild_that_copied_and_forked_again(void **state)
{
	struct scene *s = scene_of(state);

	s->n = 4; /* the master, its child, that one's child, and another one down */
	s->procs[2].base = 1;
	s->procs[3].base = 2;
	s->procs[2].minflt = 1;
	s->entries[0][0] = s->entries[1][0] = shared_page(100);
	s->entries[2][0] = s->entries[3][0] = shared_page(200);
	walk(s);
	assert_pages(s, 2, .cow_broken = 1);
	assert_pages(s, 3, .shared = 1);
	assert_int_equal(s->flags_asked, 0);
}

static void test_sight__many_guesses_are_labelled(void **state)
{
	struct scene *s = scene_of(state);

	for (size_t i = 0; i < FIRST_WALK_TOLERANCE + 1; i++)
		for (size_t k = 0; k < 3; k++) {
			s->entries[k][i] = own_page(1000 * (k + 1) + 2 * i);
			s->flags[1000 * (k + 1) + 2 * i] = OWN;
		}
	s->likeness = 100;
	walk(s);
	assert_pages(s, 1, .cow_broken = FIRST_WALK_TOLERANCE + 1);
	/* alike: master and worker may both have loaded the same after the fork */
	assert_int_equal(exactness(s, 1), EXACTNESS_UPPER_BOUND);
	assert_int_equal(ledger_result(s->ledger, 1).doubt.new, FIRST_WALK_TOLERANCE + 1);
	assert_int_equal(ledger_result(s->ledger, 1).doubt.file, 0);
}

/* The youngest has copied `n` pages that its sibling shows, and one more of which nothing tells. */
static void youngest_copied(struct scene *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		s->entries[0][i] = s->entries[1][i] = shared_page(1000 + 2 * i);
		s->entries[2][i] = own_page(3000 + 2 * i);
	}
	for (size_t k = 0; k < 3; k++) {
		s->entries[k][n] = own_page(5000 + 2 * k);
		s->flags[5000 + 2 * k] = OWN;
	}
	s->likeness = -1;
	walk(s);
	assert_pages(s, 2, .cow_broken = n + 1);
}

static void test_sight__an_undecidable_page_among_few_is_labelled(void **state)
{
	struct scene *s = scene_of(state);

	youngest_copied(s, 98);
	assert_int_equal(exactness(s, 2), EXACTNESS_UPPER_BOUND);
}

static void test_sight__an_undecidable_page_among_many_is_not(void **state)
{
	struct scene *s = scene_of(state);

	youngest_copied(s, 99);
	assert_int_equal(exactness(s, 2), EXACTNESS_EXACT);
}

static void test_sight__a_base_that_wrote_between_the_forks_is_no_witness(void **state)
{
	struct scene *s = scene_of(state);

	for (size_t i = 0; i < 2 * (FIRST_WALK_TOLERANCE + 1); i++) {
		uint64_t master = 1000 + 2 * i, first = 3000 + 2 * i;

		s->entries[0][i] = s->entries[2][i] = shared_page(master);
		s->entries[1][i] = own_page(first);
		/* the original, untouched; or written in place, or a copy: nothing tells */
		s->flags[first] = i % 2 ? OWN : 0;
	}
	walk(s);
	assert_pages(s, 1, .orphaned = FIRST_WALK_TOLERANCE + 1, .cow_broken = FIRST_WALK_TOLERANCE + 1);
	assert_int_equal(exactness(s, 1), EXACTNESS_UPPER_BOUND);
	assert_int_equal(ledger_result(s->ledger, 1).doubt.new, FIRST_WALK_TOLERANCE + 1);
}

static void test_sight__without_flags_bit_56_is_believed_and_marked(void **state)
{
	struct scene *s = scene_of(state);

	s->n = 2;
	s->no_flags = true;
	s->entries[0][0] = own_page(100);
	s->entries[1][0] = own_page(101);
	s->entries[1][1] = own_page(102);
	walk(s);
	assert_pages(s, 1, .cow_broken = 1, .new = 1);
	assert_int_equal(exactness(s, 1), EXACTNESS_UPPER_BOUND);
}

static void test_sight__zero_pages_and_foreign_mappings_do_not_count(void **state)
{
	struct scene *s = scene_of(state);

	s->entries[1][0] = shared_page(7);             /* the zero page */
	s->entries[1][1] = PM_PRESENT | PM_FILE | 300; /* the huge zero page */
	s->entries[1][2] = PM_PRESENT | PM_FILE | 301;
	s->kinds[1][2] = KIND_SHARED;
	s->entries[1][3] = own_page(302);
	s->kinds[1][3] = KIND_NONE;
	s->entries[1][4] = PM_SWAP | PM_GUARD | 9;     /* a guard page */
	s->entries[1][5] = PM_SWAP | PM_TYPE | 2 << 5; /* another marker */
	walk(s);
	assert_pages(s, 1, .file = 1);
	assert_int_equal(ledger_frames(s->ledger), 1);
	s->entries[1][2] = PM_SWAP | PM_GUARD | 9; /* installed later */
	s->entries[0][4] = s->entries[1][4];       /* inherited by fork */
	walk(s);
	assert_pages(s, 1, .file = 0);
}

static void test_sight__merged_pages_without_a_base_are_new(void **state)
{
	struct scene *s = scene_of(state);

	s->procs[1].merged = true;
	s->entries[1][0] = shared_page(100);
	s->entries[1][1] = shared_page(101);
	s->flags[100] = KPF_KSM;
	walk(s);
	assert_pages(s, 1, .new = 1, .shared = 1);
}

static void test_sight__a_huge_page_beside_a_small_copy_is_the_original(void **state)
{
	struct scene *s = scene_of(state);

	s->n = 2;
	s->entries[0][3] = own_page(100);
	s->entries[1][3] = own_page(200);
	s->flags[100] = OWN;
	s->flags[200] = OWN | KPF_COMPOUND_TAIL; /* of a large folio: the head's flag */
	s->likeness = 99;
	walk(s);
	assert_pages(s, 0, .cow_broken = 1);
	assert_pages(s, 1, .orphaned = 1);
}

static void test_huge__bit_56_of_the_first_page_is_not_believed(void **state)
{
	struct scene *s = scene_of(state);

	s->n = 2;
	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		s->entries[0][i] = own_page(512 + i); /* PMD-mapped: all show the first page's bit */
		s->entries[1][i] = shared_page(512 + i);
	}
	s->entries[1][0] = own_page(2000); /* the only copy */
	s->flags[2000] = OWN;
	walk(s);
	assert_pages(s, 0, .shared = 511, .orphaned = 1);
	assert_pages(s, 1, .shared = 511, .cow_broken = 1);
}

/* Linux 6.12 sets the flag of KSM of every anonymous page. */
static void test_merged__a_flag_of_all_pages_is_no_flag(void **state)
{
	struct scene *s = scene_of(state);

	kernel_set(&s->kernel, KERNEL_KSM, false);
	s->n = 2;
	for (size_t i = 0; i < 100; i++) {
		s->entries[0][i] = own_page(1000 + 2 * i); /* the master's original, the worker's copy */
		s->entries[1][i] = own_page(4000 + 2 * i);
		s->flags[1000 + 2 * i] = KPF_KSM;
		s->flags[4000 + 2 * i] = KPF_KSM | OWN;
		s->entries[1][200 + i] = own_page(6000 + 2 * i); /* the master freed it */
		s->flags[6000 + 2 * i] = KPF_KSM;
	}
	walk(s);
	assert_pages(s, 0, .orphaned = 100);
	assert_pages(s, 1, .cow_broken = 100, .orphaned = 100);
	assert_int_equal(exactness(s, 1), EXACTNESS_EXACT);
}

/* ... where a process does have merged pages it is a guess. */
static void test_merged__or_a_guess(void **state)
{
	struct scene *s = scene_of(state);

	kernel_set(&s->kernel, KERNEL_KSM, false);
	s->n = 2;
	s->procs[1].merged = true;
	for (size_t i = 0; i < 100; i++) {
		s->entries[1][i] = shared_page(6000 + i / 2);
		s->flags[6000 + i / 2] = KPF_KSM;
	}
	walk(s);
	assert_pages(s, 1, .new = 100);
	assert_int_equal(exactness(s, 1), EXACTNESS_ESTIMATE);
}

static void test_sample__many_open_pages_are_decided_by_a_few(void **state)
{
	struct scene *s = scene_of(state);
	const struct ledger_oracle oracle = { s,          &s->kernel, scene_flags,          scene_likeness,
					      scene_huge, NULL,       scene_one_fault_each, scene_newborn };
	const uint64_t blocks = FIRST_WALK_BUDGET / BLOCK_PAGES + 8;

	s->n = 1;
	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		s->entries[0][i] = own_page(1001 + 2 * i); /* no row: not a huge page */
		s->flags[1001 + 2 * i] = OWN;
	}
	s->flags[1001 + 2 * 100] = 0; /* not among those that are looked at beyond the budget */
	ledger_begin(s->ledger, s->procs, s->n, &oracle);
	for (uint64_t b = 1; b <= blocks; b++) {
		const struct ledger_view view = { .entries = s->entries[0], .kind = KIND_ANON };

		ledger_block(s->ledger, b, &view);
	}
	ledger_end(s->ledger);
	assert_int_equal(s->flags_asked, FIRST_WALK_BUDGET + 8 * FIRST_WALK_SAMPLE);
	assert_int_equal(pages(s, 0).orphaned, FIRST_WALK_BUDGET / BLOCK_PAGES);
	assert_int_equal(exactness(s, 0), EXACTNESS_ESTIMATE);
}

static void test_later__history_beats_coincidence(void **state)
{
	struct scene *s = scene_of(state);

	s->n = 2;
	walk(s);
	s->entries[0][0] = own_page(100); /* both allocate at one address after the fork */
	s->entries[1][0] = own_page(101);
	s->flags[100] = s->flags[101] = OWN;
	walk(s);
	assert_pages(s, 0, .new = 1);
	assert_pages(s, 1, .new = 1);
	assert_int_equal(s->contents_asked, 0);
	assert_int_equal(ledger_result(s->ledger, 1).growth.new, 1);
}

static void test_later__a_page_moved_by_mremap_stays_inherited(void **state)
{
	struct scene *s = scene_of(state);

	s->entries[0][0] = s->entries[1][0] = s->entries[2][0] = shared_page(100);
	walk(s);
	s->entries[1][0] = 0;
	s->entries[1][9] = shared_page(100);
	walk(s);
	assert_pages(s, 1, .shared = 1);
	assert_int_equal(ledger_frames(s->ledger), 1);
}

static void test_later__a_page_shared_with_a_child_that_is_in_no_walk_yet_is_new(void **state)
{
	struct scene *s = scene_of(state);

	s->entries[0][0] = s->entries[1][0] = s->entries[2][0] = shared_page(100);
	walk(s);
	assert_int_equal(s->newborn_asked, 0);
	s->newborn[1] = true;
	s->entries[1][8] = shared_page(101);
	s->entries[1][9] = shared_page(102);
	walk(s);
	assert_pages(s, 1, .shared = 1, .new = 2);
	assert_int_equal(s->newborn_asked, 1); /* once for the block */
	s->newborn[1] = false;
	walk(s);
	assert_pages(s, 1, .shared = 1, .new = 2);
	assert_int_equal(s->newborn_asked, 1);
}

static void test_later__swap_keeps_what_a_page_was(void **state)
{
	struct scene *s = scene_of(state);

	for (size_t k = 0; k < 3; k++)
		s->entries[k][0] = s->entries[k][1] = shared_page(100);
	s->entries[1][1] = own_page(101);
	s->entries[1][2] = own_page(102);
	s->flags[101] = s->flags[102] = OWN;
	walk(s);
	assert_pages(s, 1, .shared = 1, .cow_broken = 1, .new = 1);
	for (size_t k = 0; k < 3; k++)
		for (size_t i = 0; i < 3; i++)
			if (s->entries[k][i])
				s->entries[k][i] = PM_SWAP | (i + 1) << 5;
	walk(s);
	assert_pages(s, 1, .swapped = 3);
	for (size_t k = 0; k < 3; k++)
		s->entries[k][0] = shared_page(400);
	s->entries[1][1] = own_page(401);
	s->entries[1][2] = own_page(402);
	walk(s);
	assert_pages(s, 1, .shared = 1, .cow_broken = 1, .new = 1);
}

static void test_later__copies_are_counted_once(void **state)
{
	struct scene *s = scene_of(state);

	for (size_t k = 0; k < 3; k++)
		for (size_t i = 0; i < 10; i++)
			s->entries[k][i] = shared_page(100 + i);
	walk(s);
	for (size_t i = 0; i < 4; i++) {
		s->entries[1][i] = own_page(200 + i);
		s->flags[200 + i] = OWN;
	}
	walk(s);
	walk(s);
	assert_pages(s, 1, .shared = 6, .cow_broken = 4);
	assert_int_equal(ledger_result(s->ledger, 1).growth.cow, 4);
	assert_int_equal(ledger_result(s->ledger, 2).growth.cow, 0);
}

static void test_key__a_reused_pid_begins_anew(void **state)
{
	struct scene *s = scene_of(state);

	s->entries[0][0] = s->entries[1][0] = s->entries[2][0] = shared_page(100);
	walk(s);
	s->entries[2][0] = own_page(101);
	s->flags[101] = OWN;
	walk(s);
	assert_pages(s, 2, .cow_broken = 1);
	s->procs[2].start_ticks += 5;
	s->entries[2][0] = shared_page(100);
	walk(s);
	assert_pages(s, 2, .shared = 1);
	assert_int_equal(ledger_result(s->ledger, 2).growth.cow, 0);
}

static void test_skip__what_is_left_out_stands(void **state)
{
	struct scene *s = scene_of(state);

	s->entries[0][0] = s->entries[1][0] = s->entries[2][0] = shared_page(100);
	walk(s);
	s->entries[0][0] = own_page(101); /* the master copies; both workers hold the original */
	s->flags[101] = OWN;
	walk(s);
	assert_pages(s, 0, .cow_broken = 1);
	s->procs[2].skip = true;
	s->entries[1][0] = own_page(102); /* one of them copies as well */
	s->flags[102] = OWN;
	walk(s);
	assert_pages(s, 0, .cow_broken = 1);
	assert_pages(s, 1, .cow_broken = 1);
	assert_pages(s, 2, .shared = 1); /* as it was; the next whole walk knows better */
	s->procs[2].skip = false;
	s->entries[2][0] = own_page(100);
	walk(s);
	assert_pages(s, 0, .cow_broken = 1);
	assert_pages(s, 2, .orphaned = 1);
}

static void test_classes__are_what_was_counted(void **state)
{
	struct scene *s = scene_of(state);
	uint8_t classes[BLOCK_PAGES];

	s->entries[0][0] = s->entries[1][0] = s->entries[2][0] = shared_page(100);
	s->entries[0][5] = own_page(105);
	s->flags[105] = OWN;
	walk(s);
	s->entries[0][0] = own_page(101);
	s->flags[101] = OWN;
	walk(s);
	ledger_classes(s->ledger, 0, 1, classes);
	assert_int_equal(classes[0], PAGE_CLASS_COW_BROKEN);
	assert_int_equal(classes[5], PAGE_CLASS_NEW);
	assert_int_equal(classes[6], PAGE_CLASS_NONE);
	s->entries[1][0] = s->entries[2][0] = 0; /* nobody holds the original any more */
	walk(s);
	ledger_classes(s->ledger, 0, 1, classes);
	assert_int_equal(classes[0], PAGE_CLASS_NEW);
	assert_int_equal(ledger_next_block(s->ledger, 0, 0), 1);
	assert_true(ledger_next_block(s->ledger, 0, 2) == UINT64_MAX);
	ledger_classes(s->ledger, 0, 7, classes);
	assert_int_equal(classes[0], PAGE_CLASS_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rule(test_sight__same_frame_is_shared),
		rule(test_sight__an_older_sibling_that_shares_proves_a_copy),
		rule(test_sight__a_page_never_written_since_fork_is_the_masters_doing),
		rule(test_sight__alone_at_its_address),
		rule(test_sight__the_base_kept_the_original),
		rule(test_sight__contents_decide_what_flags_cannot),
		rule(test_sight__unlike_contents_are_new_memory),
		rule(test_sight__undecidable_is_an_upper_bound),
		rule(test_sight__a_younger_burst_makes_the_base_a_doubtful_witness),
		rule(test_sight__what_one_of_the_burst_lacks_may_be_younger_than_it),
		rule(test_sight__what_all_of_the_burst_have_was_there_before_it),
		rule(test_sight__a_grandchild_that_copied_and_forked_again),
		rule(test_sight__many_guesses_are_labelled),
		rule(test_sight__an_undecidable_page_among_few_is_labelled),
		rule(test_sight__an_undecidable_page_among_many_is_not),
		rule(test_sight__a_base_that_wrote_between_the_forks_is_no_witness),
		rule(test_sight__without_flags_bit_56_is_believed_and_marked),
		rule(test_sight__zero_pages_and_foreign_mappings_do_not_count),
		rule(test_sight__merged_pages_without_a_base_are_new),
		rule(test_sight__a_huge_page_beside_a_small_copy_is_the_original),
		rule(test_huge__bit_56_of_the_first_page_is_not_believed),
		rule(test_merged__a_flag_of_all_pages_is_no_flag),
		rule(test_merged__or_a_guess),
		rule(test_sample__many_open_pages_are_decided_by_a_few),
		rule(test_later__history_beats_coincidence),
		rule(test_later__a_page_moved_by_mremap_stays_inherited),
		rule(test_later__a_page_shared_with_a_child_that_is_in_no_walk_yet_is_new),
		rule(test_later__swap_keeps_what_a_page_was),
		rule(test_later__copies_are_counted_once),
		rule(test_key__a_reused_pid_begins_anew),
		rule(test_skip__what_is_left_out_stands),
		rule(test_classes__are_what_was_counted),
	};

	return cmocka_run_group_tests_name("ledger_rules", tests, NULL, NULL);
}
