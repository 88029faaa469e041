/*
 * Who forked whom, one rule after the other: a master, a mold, and two workers whose parent is the master as
 * well; pages that the mold and the workers share and of which the master has others.
 */
#include "lib/ledger_scene.h"

#define COPIES 300
#define MASTERS 1000 /* frames */
#define MOLDS 4000

/* The mold copied, and forked twice for each worker. The master's flags are clear: it wrote nothing since. */
static struct scene *mold(void **state)
{
	struct scene *s = scene_of(state);

	s->n = 4;
	s->procs[0].execed = true;
	s->procs[3].base = 0;
	s->procs[1].has_forked = true;
	s->procs[1].minflt = 1000;
	for (size_t i = 0; i < COPIES; i++) {
		s->entries[0][i] = own_page(MASTERS + 2 * i);
		for (size_t k = 1; k < 4; k++)
			s->entries[k][i] = shared_page(MOLDS + 2 * i);
	}
	return s;
}

static void the_master_has_no_faults_to_spare(struct scene *s)
{
	s->procs[0].minflt = COPIES + 10;
}

static void the_master_wrote(struct scene *s)
{
	for (size_t i = 0; i < COPIES; i++)
		s->flags[MASTERS + 2 * i] = OWN;
}

static void assert_forker(const struct scene *s, size_t proc, int base, bool presumed)
{
	struct ledger_kin kin = ledger_kin(s->ledger, proc);

	assert_int_equal(kin.base, base);
	assert_int_equal(kin.presumed, presumed);
}

/* Walk once more, from the beginning, with what the walk before said. */
static void walk_again(struct scene *s)
{
	for (size_t k = 1; k < s->n; k++) {
		struct ledger_kin kin = ledger_kin(s->ledger, k);

		s->procs[k].base = kin.base;
		s->procs[k].presumed = kin.presumed;
		s->procs[k].revised = kin.revised;
	}
	ledger_free(s->ledger);
	s->ledger = ledger_new(&(struct zero_frames){ .small = 7, .huge = 7168, .huge_pages = 512 }, 4096);
	walk(s);
}

static void test_forker__the_master_had_too_few_faults(void **state)
{
	struct scene *s = mold(state);

	the_master_has_no_faults_to_spare(s);
	the_master_wrote(s);
	walk(s);
	assert_forker(s, 1, 0, false);
	assert_forker(s, 2, 1, false);
	assert_forker(s, 3, 1, false);
	walk_again(s);
	assert_forker(s, 3, 1, false);
	assert_pages(s, 0, .orphaned = COPIES);
	assert_pages(s, 1, .cow_broken = COPIES);
	assert_pages(s, 2, .shared = COPIES);
	assert_pages(s, 3, .shared = COPIES);
}

static void test_forker__the_master_has_not_written_since(void **state)
{
	struct scene *s = mold(state);

	walk(s);
	assert_forker(s, 2, 1, true);
	walk_again(s);
	assert_pages(s, 0, .orphaned = COPIES);
	assert_pages(s, 1, .cow_broken = COPIES);
	assert_int_equal(exactness(s, 1), EXACTNESS_ESTIMATE);
}

static void test_forker__the_master_wrote_and_may_have_copied(void **state)
{
	struct scene *s = mold(state);

	the_master_wrote(s);
	walk(s);
	assert_forker(s, 2, 0, false);
	assert_pages(s, 0, .cow_broken = COPIES);
}

/* The last one was forked after the master wrote: Celery collects before each fork. */
static void test_forker__a_younger_one_has_what_the_master_has(void **state)
{
	struct scene *s = mold(state);

	for (size_t i = 0; i < COPIES; i++)
		s->entries[0][i] = s->entries[3][i] = shared_page(MASTERS + 2 * i);
	walk(s);
	assert_forker(s, 2, 0, false);
	assert_pages(s, 0, .cow_broken = COPIES);
	assert_pages(s, 2, .shared = COPIES);
}

static void test_forker__has_children_and_faults(void **state)
{
	struct scene *s = mold(state);

	the_master_has_no_faults_to_spare(s);
	s->procs[1].minflt = COPIES - 20;
	walk(s);
	assert_forker(s, 2, 0, false);
	s->procs[1].minflt = COPIES;
	s->procs[1].has_forked = false;
	walk_again(s);
	assert_forker(s, 2, 0, false);
}

/* Nobody is left who could have copied: somebody who is gone. */
static void test_forker__is_gone(void **state)
{
	struct scene *s = mold(state);

	the_master_has_no_faults_to_spare(s);
	s->procs[1].minflt = 0;
	walk(s);
	assert_pages(s, 0, .orphaned = COPIES);
	assert_int_equal(exactness(s, 0), EXACTNESS_ESTIMATE);
	for (size_t k = 1; k < 4; k++)
		assert_pages(s, k, .shared = COPIES);
}

/* What was seen needs no other proof. */
static void test_forker__was_seen_to_copy(void **state)
{
	struct scene *s = mold(state);

	the_master_wrote(s);
	s->n = 2;
	for (size_t i = 0; i < COPIES; i++)
		s->entries[0][i] = s->entries[1][i] = shared_page(MASTERS + 2 * i);
	walk(s);
	for (size_t i = 0; i < COPIES; i++) {
		s->entries[0][i] = own_page(MASTERS + 2 * i);
		s->entries[1][i] = own_page(MOLDS + 2 * i);
		s->flags[MOLDS + 2 * i] = OWN;
	}
	walk(s);
	assert_pages(s, 1, .cow_broken = COPIES);
	s->n = 3;
	for (size_t i = 0; i < COPIES; i++)
		s->entries[1][i] = s->entries[2][i] = shared_page(MOLDS + 2 * i);
	walk(s);
	assert_forker(s, 2, 1, false);
}

/* Without the flag faults tell as well; what contents and flags would is in doubt. */
static void test_forker__where_no_flag_tells(void **state)
{
	struct scene *s = mold(state);

	kernel_set(&s->kernel, KERNEL_FLAG, false);
	the_master_has_no_faults_to_spare(s);
	walk(s);
	assert_forker(s, 2, 1, false);
	assert_forker(s, 3, 1, false);
	walk_again(s);
	assert_pages(s, 0, .orphaned = COPIES);
	assert_pages(s, 1, .cow_broken = COPIES);
	assert_pages(s, 2, .shared = COPIES);
	assert_int_equal(exactness(s, 1), EXACTNESS_UPPER_BOUND);
}

/* The master may have copied, or the mold: then it has copied more than is said of it. */
static void test_forker__where_no_flag_tells_and_faults_do_not(void **state)
{
	struct scene *s = mold(state);

	kernel_set(&s->kernel, KERNEL_FLAG, false);
	walk(s);
	assert_forker(s, 2, 0, false);
	assert_pages(s, 1, .shared = COPIES);
	assert_int_equal(exactness(s, 1), EXACTNESS_ESTIMATE);
	assert_int_equal(exactness(s, 2), EXACTNESS_EXACT);
	s->procs[1].start_ticks++; /* another one, that had no faults for them */
	s->procs[1].minflt = 10;
	walk(s);
	assert_int_equal(exactness(s, 1), EXACTNESS_EXACT);
}

/* A worker of a master that ignores SIGCHLD: the fork has cleared its flags, and nothing else says so. */
static void test_faults__a_worker_that_must_have_forked(void **state)
{
	struct scene *s = mold(state);

	the_master_has_no_faults_to_spare(s);
	s->n = 2;
	s->procs[1].has_forked = false;
	for (size_t i = 0; i < COPIES; i++)
		s->entries[1][i] = own_page(MOLDS + 2 * i);
	walk(s);
	assert_true(ledger_kin(s->ledger, 1).revised);
	walk_again(s);
	assert_pages(s, 0, .orphaned = COPIES);
	assert_pages(s, 1, .cow_broken = COPIES);
	/* the master may have made its pages after the fork, with a fault each as well */
	assert_int_equal(exactness(s, 1), EXACTNESS_UPPER_BOUND);
	assert_int_equal(ledger_result(s->ledger, 1).doubt.new, COPIES);
}

static void test_faults__a_huge_page_takes_one(void **state)
{
	struct scene *s = scene_of(state);

	s->n = 2;
	s->procs[0].execed = true;
	s->procs[0].minflt = 2;
	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		s->entries[0][i] = own_page(512 + i);
		s->entries[1][i] = own_page(1024 + i);
		s->flags[512 + i] = OWN;
	}
	walk(s);
	assert_pages(s, 0, .cow_broken = BLOCK_PAGES);
	assert_pages(s, 1, .orphaned = BLOCK_PAGES);
	assert_false(ledger_kin(s->ledger, 1).revised);
}

/* The master, its worker, the worker's child: what those two have together the master has not. */
static void nested(struct scene *s, size_t n)
{
	s->n = 3;
	s->procs[2].base = 1;
	for (size_t i = 0; i < n; i++) {
		s->entries[0][i] = own_page(1000 + 2 * i);
		s->entries[1][i] = s->entries[2][i] = shared_page(4000 + 2 * i);
	}
}

static void test_nested__the_master_never_wrote(void **state)
{
	struct scene *s = scene_of(state);

	nested(s, 300); /* AE of the master's pages is clear */
	s->procs[1].minflt = 1000;
	walk(s);
	assert_pages(s, 0, .orphaned = 300);
	assert_pages(s, 1, .cow_broken = 300);
	assert_pages(s, 2, .shared = 300);
	assert_int_equal(exactness(s, 0), EXACTNESS_EXACT);
	assert_int_equal(exactness(s, 1), EXACTNESS_EXACT);
}

static void test_nested__who_has_no_faults_has_no_copies(void **state)
{
	struct scene *s = scene_of(state);

	nested(s, 300);
	for (size_t i = 0; i < 300; i++)
		s->flags[1000 + 2 * i] = OWN; /* the master wrote, before or after the worker */
	s->procs[1].minflt = 100;
	walk(s);
	assert_pages(s, 0, .cow_broken = 200, .orphaned = 100);
	assert_pages(s, 1, .cow_broken = 100, .shared = 200);
	assert_pages(s, 2, .shared = 300);
	assert_int_equal(exactness(s, 0), EXACTNESS_ESTIMATE);
	assert_int_equal(exactness(s, 1), EXACTNESS_UPPER_BOUND);
	assert_int_equal(ledger_result(s->ledger, 1).doubt.new, 100);
}

static void test_nested__a_sibling_that_has_it_too_has_the_original(void **state)
{
	struct scene *s = scene_of(state);

	nested(s, 300);
	s->n = 4;
	s->procs[3].base = 0;
	s->procs[1].minflt = 1000;
	for (size_t i = 0; i < 300; i++) {
		s->flags[1000 + 2 * i] = OWN;
		s->entries[3][i] = shared_page(4000 + 2 * i);
	}
	walk(s);
	assert_pages(s, 0, .cow_broken = 300);
	assert_pages(s, 1, .shared = 300);
	assert_pages(s, 3, .shared = 300);
	assert_int_equal(exactness(s, 1), EXACTNESS_EXACT);
}

/* A worker that ran a program once: that fork has cleared the flag of the copies that it had. */
static void test_nested__children_that_are_gone(void **state)
{
	struct scene *s = scene_of(state);

	s->n = 2;
	for (size_t i = 0; i < 300; i++) {
		s->entries[0][i] = own_page(1000 + 2 * i);
		s->entries[1][i] = own_page(4000 + 2 * i);
	}
	walk(s);
	assert_pages(s, 1, .orphaned = 300);
	s->procs[1].start_ticks++; /* another one */
	s->procs[1].minflt = 1000;
	s->procs[1].has_forked = true;
	walk(s);
	assert_pages(s, 1, .cow_broken = 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rule(test_forker__the_master_had_too_few_faults),
		rule(test_forker__the_master_has_not_written_since),
		rule(test_forker__the_master_wrote_and_may_have_copied),
		rule(test_forker__a_younger_one_has_what_the_master_has),
		rule(test_forker__has_children_and_faults),
		rule(test_forker__is_gone),
		rule(test_forker__was_seen_to_copy),
		rule(test_forker__where_no_flag_tells),
		rule(test_forker__where_no_flag_tells_and_faults_do_not),
		rule(test_faults__a_worker_that_must_have_forked),
		rule(test_faults__a_huge_page_takes_one),
		rule(test_nested__the_master_never_wrote),
		rule(test_nested__who_has_no_faults_has_no_copies),
		rule(test_nested__a_sibling_that_has_it_too_has_the_original),
		rule(test_nested__children_that_are_gone),
	};

	return cmocka_run_group_tests_name("ledger_ancestry", tests, NULL, NULL);
}
