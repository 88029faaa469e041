/*
 * The rules of the ledger one by one: what a first look decides by, what history decides, what is
 * left out, and what is only an estimate.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "ledger/ledger.h"
#include "ledger/sight.h"

#define PROCS 4
#define FRAMES 8192
#define OWN KPF_ANON_EXCLUSIVE

/* What the kernel would say; a test sets it and walks. */
struct scene {
	struct ledger *ledger;
	struct ledger_proc procs[PROCS];
	size_t n;
	uint64_t entries[PROCS][BLOCK_PAGES];
	uint8_t kinds[PROCS][BLOCK_PAGES];
	uint64_t flags[FRAMES];
	uint64_t during[PROCS]; /* faults while the walk is under way */
	int likeness;
	bool no_flags;
	size_t flags_asked, contents_asked;
};

static bool scene_flags(void *ctx, const uint64_t *frames, size_t n, uint64_t *ret)
{
	struct scene *s = ctx;

	s->flags_asked += n;
	for (size_t i = 0; i < n; i++)
		ret[i] = s->flags[frames[i]];
	return !s->no_flags;
}

static int scene_likeness(void *ctx, size_t a, size_t b, uint64_t page)
{
	struct scene *s = ctx;

	assert_true(a < s->n && b < a);
	assert_true(page >= BLOCK_PAGES && page < 2 * BLOCK_PAGES); /* of block 1 */
	s->contents_asked++;
	return s->likeness;
}

static struct scene *scene_of(void **state)
{
	return *state;
}

/* A master and two workers forked together, all with frame numbers. */
static int scene_setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	if (!s)
		return -1;
	s->ledger = ledger_new(7);
	s->n = 3;
	for (size_t k = 0; k < PROCS; k++) {
		s->procs[k] = (struct ledger_proc){ .pid = (pid_t)k + 10, .frames = true,
						    .base = k ? 0 : -1, .start_ticks = 100 + k };
		memset(s->kinds[k], KIND_ANON, BLOCK_PAGES);
	}
	*state = s;
	return 0;
}

static int scene_teardown(void **state)
{
	struct scene *s = *state;

	ledger_free(s->ledger);
	free(s);
	return 0;
}

static void walk(struct scene *s)
{
	const struct ledger_oracle oracle = { s, scene_flags, scene_likeness };
	struct ledger_view views[PROCS] = { 0 };

	for (size_t k = 0; k < s->n; k++)
		views[k] = (struct ledger_view){ .entries = s->entries[k], .kinds = s->kinds[k] };
	ledger_begin(s->ledger, s->procs, s->n, &oracle);
	ledger_block(s->ledger, 1, views);
	for (size_t k = 0; k < s->n; k++)
		s->procs[k].minflt_after = s->procs[k].minflt + s->during[k];
	ledger_end(s->ledger);
}

/* A private page, mapped by others as well or not. */
static uint64_t shared_page(uint64_t frame)
{
	return PM_PRESENT | frame;
}

static uint64_t own_page(uint64_t frame)
{
	return PM_PRESENT | PM_EXCLUSIVE | frame;
}

static struct page_facts pages(const struct scene *s, size_t proc)
{
	return ledger_result(s->ledger, proc).pages;
}

static enum exactness exactness(const struct scene *s, size_t proc)
{
	return ledger_result(s->ledger, proc).exactness;
}

/* shared, orphaned, cow_broken, cow_file, new, file, swapped */
#define assert_pages(s, proc, ...)                                                           \
	do {                                                                                 \
		const struct page_facts is_ = pages(s, proc), be_ = { __VA_ARGS__ };         \
		assert_int_equal(is_.shared, be_.shared);                                    \
		assert_int_equal(is_.orphaned, be_.orphaned);                                \
		assert_int_equal(is_.cow_broken, be_.cow_broken);                            \
		assert_int_equal(is_.cow_file, be_.cow_file);                                \
		assert_int_equal(is_.fresh, be_.fresh);                                      \
		assert_int_equal(is_.file, be_.file);                                        \
		assert_int_equal(is_.swapped, be_.swapped);                                  \
	} while (0)

static void test_sight__same_frame_is_shared(void **state)
{
	struct scene *s = scene_of(state);

	for (size_t k = 0; k < 3; k++)
		for (size_t i = 0; i < 5; i++)
			s->entries[k][i] = shared_page(100 + i);
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
	assert_pages(s, 1, .orphaned = 1, .fresh = 1, .cow_file = 1);
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
	assert_pages(s, 0, .fresh = 1);
	assert_pages(s, 1, .fresh = 1);
	assert_pages(s, 2, .fresh = 1);
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
	assert_pages(s, 1, .fresh = 1);
}

static void test_sight__a_grandchild_that_copied_and_forked_again(void **state)
{
	struct scene *s = scene_of(state);

	s->n = 4; /* the master, its child, that one's child, and another one down */
	s->procs[2].base = 1;
	s->procs[3].base = 2;
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

	for (size_t i = 0; i < SIGHT_TOLERANCE + 1; i++)
		for (size_t k = 0; k < 3; k++) {
			s->entries[k][i] = own_page(1000 * (k + 1) + 2 * i);
			s->flags[1000 * (k + 1) + 2 * i] = OWN;
		}
	s->likeness = 100;
	walk(s);
	assert_pages(s, 1, .cow_broken = SIGHT_TOLERANCE + 1);
	assert_int_equal(exactness(s, 1), EXACTNESS_ESTIMATE);
}

static void test_sight__a_base_that_wrote_between_the_forks_is_no_witness(void **state)
{
	struct scene *s = scene_of(state);

	for (size_t i = 0; i < 2 * (SIGHT_TOLERANCE + 1); i++) {
		uint64_t master = 1000 + 2 * i, first = 3000 + 2 * i;

		s->entries[0][i] = s->entries[2][i] = shared_page(master);
		s->entries[1][i] = own_page(first);
		/* the original, untouched; or written in place, or a copy: nothing tells */
		s->flags[first] = i % 2 ? OWN : 0;
	}
	walk(s);
	assert_pages(s, 1, .orphaned = SIGHT_TOLERANCE + 1, .cow_broken = SIGHT_TOLERANCE + 1);
	assert_int_equal(exactness(s, 1), EXACTNESS_UPPER_BOUND);
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
	assert_pages(s, 1, .cow_broken = 1, .fresh = 1);
	assert_int_equal(exactness(s, 1), EXACTNESS_UPPER_BOUND);
}

static void test_sight__zero_pages_and_foreign_mappings_do_not_count(void **state)
{
	struct scene *s = scene_of(state);

	s->entries[1][0] = shared_page(7);                      /* the zero page */
	s->entries[1][1] = PM_PRESENT | PM_FILE | 300;          /* the huge zero page */
	s->entries[1][2] = PM_PRESENT | PM_FILE | 301;
	s->kinds[1][2] = KIND_SHARED;
	s->entries[1][3] = own_page(302);
	s->kinds[1][3] = KIND_NONE;
	walk(s);
	assert_pages(s, 1, .file = 1);
	assert_int_equal(ledger_frames(s->ledger), 1);
}

static void test_sight__merged_pages_without_a_base_are_new(void **state)
{
	struct scene *s = scene_of(state);

	s->procs[1].merged = true;
	s->entries[1][0] = shared_page(100);
	s->entries[1][1] = shared_page(101);
	s->flags[100] = KPF_KSM;
	walk(s);
	assert_pages(s, 1, .fresh = 1, .shared = 1);
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

static void test_sample__many_open_pages_are_decided_by_a_few(void **state)
{
	struct scene *s = scene_of(state);
	const struct ledger_oracle oracle = { s, scene_flags, scene_likeness };
	const uint64_t blocks = SIGHT_BUDGET / BLOCK_PAGES + 8;

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
	assert_int_equal(s->flags_asked, SIGHT_BUDGET + 8 * SIGHT_SAMPLE);
	assert_int_equal(pages(s, 0).orphaned, SIGHT_BUDGET / BLOCK_PAGES);
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
	assert_pages(s, 0, .fresh = 1);
	assert_pages(s, 1, .fresh = 1);
	assert_int_equal(s->contents_asked, 0);
	assert_int_equal(ledger_result(s->ledger, 1).growth.fresh, 1);
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

static void test_later__swap_keeps_what_a_page_was(void **state)
{
	struct scene *s = scene_of(state);

	for (size_t k = 0; k < 3; k++)
		s->entries[k][0] = s->entries[k][1] = shared_page(100);
	s->entries[1][1] = own_page(101);
	s->entries[1][2] = own_page(102);
	s->flags[101] = s->flags[102] = OWN;
	walk(s);
	assert_pages(s, 1, .shared = 1, .cow_broken = 1, .fresh = 1);
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
	assert_pages(s, 1, .shared = 1, .cow_broken = 1, .fresh = 1);
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

static void without_frames(struct scene *s)
{
	for (size_t k = 0; k < PROCS; k++)
		s->procs[k].frames = false;
}

static void test_estimate__first_sight_is_bounded_by_faults(void **state)
{
	struct scene *s = scene_of(state);

	without_frames(s);
	for (size_t i = 0; i < 10; i++) {
		s->entries[0][i] = own_page(0);
		s->entries[1][i] = own_page(0);
	}
	s->entries[1][20] = own_page(0);
	s->procs[1].minflt = 7; /* one for the new page, six for copies */
	walk(s);
	assert_pages(s, 1, .cow_broken = 6, .orphaned = 4, .fresh = 1);
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
	assert_pages(s, 1, .orphaned = 10, .fresh = 1);
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
	s->entries[0][0] = own_page(0); /* the workers still share the original */
	s->entries[1][0] = s->entries[2][0] = shared_page(0);
	s->entries[0][1] = s->entries[1][1] = s->entries[2][1] = own_page(0);
	s->procs[1].minflt = s->procs[2].minflt = 1;
	walk(s);
	assert_pages(s, 0, .cow_broken = 1, .orphaned = 1);
	assert_pages(s, 1, .shared = 1, .cow_broken = 1);
}

#define rule(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)

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
		rule(test_sight__a_grandchild_that_copied_and_forked_again),
		rule(test_sight__many_guesses_are_labelled),
		rule(test_sight__a_base_that_wrote_between_the_forks_is_no_witness),
		rule(test_sight__without_flags_bit_56_is_believed_and_marked),
		rule(test_sight__zero_pages_and_foreign_mappings_do_not_count),
		rule(test_sight__merged_pages_without_a_base_are_new),
		rule(test_sight__a_huge_page_beside_a_small_copy_is_the_original),
		rule(test_huge__bit_56_of_the_first_page_is_not_believed),
		rule(test_sample__many_open_pages_are_decided_by_a_few),
		rule(test_later__history_beats_coincidence),
		rule(test_later__a_page_moved_by_mremap_stays_inherited),
		rule(test_later__swap_keeps_what_a_page_was),
		rule(test_later__copies_are_counted_once),
		rule(test_key__a_reused_pid_begins_anew),
		rule(test_estimate__first_sight_is_bounded_by_faults),
		rule(test_estimate__a_sibling_that_leaves_breaks_nothing),
		rule(test_estimate__a_copy_may_be_seen_before_or_after_its_fault),
		rule(test_estimate__who_broke_it),
	};

	return cmocka_run_group_tests_name("ledger_rules", tests, NULL, NULL);
}
