#include "lib/fixture.h"
#include "analysis/analysis.h"
#include "model/copiers.h"

/* shared, orphaned, cow_broken, cow_file, new, file */
static const fact of_master[6] = { 1000, 20, 10, 0, 300, 170 };
static const fact of_worker[6] = { 700, 40, 260, 8, 92, 100 };
static const fact of_other[6] = { 900, 0, 200, 4, 46, 50 };

/* A master, two workers and an exec'ed helper, as of `second`. */
static void take_pool(struct sample *s, double second)
{
	struct proc_sample *p;

	fixture_begin(s, second);
	fixture_add(s, 100, -60, of_master);
	fixture_add(s, 101, -50, of_worker);
	fixture_add(s, 102, -40, of_other);
	p = fixture_add(s, 103, -30, of_other);
	fixture_hide_pages(p, LEVEL_NONE);
	p->forked = false;
	proc_sample_gap(p, "pagemap", EACCES, "CAP_SYS_PTRACE");
	s->footprint_pages = 2500;
}

static struct snapshot once(const struct sample *s)
{
	struct analysis *a = analysis_new();
	struct snapshot snap;

	analysis_next(a, s, &snap);
	analysis_free(a);
	return snap;
}

static void test_analysis__figures_of_a_process(void **state)
{
	cleanup(sample_release) struct sample s;
	cleanup(snapshot_release) struct snapshot snap = { 0 };
	const struct figures *f;

	take_pool(&s, 0);
	s.procs[1].memory.private_clean = 3 * FIXTURE_PAGE;
	s.procs[1].memory.rss += 5 * FIXTURE_PAGE;
	snap = once(&s);
	f = &snap.procs[1].figures;

	assert_figure(f->shared_bytes, 700 * FIXTURE_PAGE);
	assert_figure(f->private_bytes, (40 + 260 + 8 + 92) * FIXTURE_PAGE);
	assert_figure(f->cow_broken_bytes, 260 * FIXTURE_PAGE);
	assert_figure(f->cow_broken_ratio, 0.26);
	assert_figure(f->pages.unaccounted, 5);
	assert_figure(f->memory.uss, (400 + 3) * FIXTURE_PAGE);
	assert_figure(f->age_s, 50);
	assert_figure(f->threads, 1);
	assert_figure(f->faults.minor, 1000);
	assert_figure(f->faults.major, 3);
	assert_unknown(f->workers);
	assert_unknown(f->footprint_bytes);
}

/* The master is in the memory, only workers are in the pages, the exec'ed helper is in nothing. */
static void test_analysis__sums_of_the_pool(void **state)
{
	cleanup(sample_release) struct sample s;
	cleanup(snapshot_release) struct snapshot snap = { 0 };
	const struct figures *f = &snap.pool;

	take_pool(&s, 0);
	snap = once(&s);
	assert_true(snap.forked);
	assert_int_equal(snap.level, LEVEL_EXACT);
	assert_string_equal(snap.command, "gunicorn");
	assert_figure(f->workers, 2);
	assert_figure(f->helpers, 1);
	assert_figure(f->memory.rss, (1500 + 1200 + 1200) * FIXTURE_PAGE);
	assert_figure(f->memory.uss, (330 + 400 + 250) * FIXTURE_PAGE);
	assert_figure(f->footprint_bytes, 2500 * FIXTURE_PAGE);
	assert_figure(f->saved_bytes, (3900 - 2500) * FIXTURE_PAGE);
	assert_figure(f->prefork_bytes, 1100 * FIXTURE_PAGE);
	assert_figure(f->pages.shared, 1600);
	assert_figure(f->pages.orphaned, 40);
	assert_figure(f->pages.cow_broken, 460);
	assert_figure(f->pages.cow_file, 12);
	assert_figure(f->pages.new, 138);
	assert_figure(f->pages.file, 150);
	assert_figure(f->pages.unaccounted, 0);
	assert_figure(f->cow_broken_bytes, 460 * FIXTURE_PAGE);
	assert_figure(f->cow_broken_ratio, 460.0 / 2100);
	assert_figure(f->master_cow_broken_bytes, 10 * FIXTURE_PAGE);
	assert_figure(f->helper_cow_broken_bytes, 0);
	assert_figure(f->copied_bytes, 470 * FIXTURE_PAGE);
	assert_figure(f->copied_ratio, 470.0 / (2100 + 1030));
	assert_unknown(f->copied_per_s);
	assert_figure(f->faults.minor, 2000);
	assert_unknown(f->threads);
}

/* A forked helper holds pages of the pool: it is in rss and footprint, but it is no worker. */
static void test_analysis__forked_helper_is_in_the_memory_only(void **state)
{
	cleanup(sample_release) struct sample s;
	cleanup(snapshot_release) struct snapshot snap = { 0 };

	take_pool(&s, 0);
	fixture_name(&s.procs[2], "uwsgi", "uWSGI spooler");
	snap = once(&s);
	assert_int_equal(snap.procs[2].role, ROLE_HELPER);
	assert_int_equal(snap.procs[2].slot, 0);
	assert_figure(snap.pool.workers, 1);
	assert_figure(snap.pool.helpers, 2);
	assert_figure(snap.pool.memory.rss, 3900 * FIXTURE_PAGE);
	assert_figure(snap.pool.saved_bytes, 1400 * FIXTURE_PAGE);
	assert_figure(snap.pool.pages.cow_broken, 260);
	assert_figure(snap.pool.prefork_bytes, 1000 * FIXTURE_PAGE);
	assert_figure(snap.pool.helper_cow_broken_bytes, 200 * FIXTURE_PAGE);
	assert_figure(snap.pool.copied_bytes, 470 * FIXTURE_PAGE);
}

/* Who copied most comes first, with the label of its own ledger. */
static void test_copiers__by_what_they_copied(void **state)
{
	cleanup(sample_release) struct sample s;
	cleanup(snapshot_release) struct snapshot snap = { 0 };
	struct copier c[COPIERS_MAX];

	take_pool(&s, 0);
	fixture_name(&s.procs[2], "uwsgi", "uWSGI spooler");
	s.procs[0].pages.cow_broken = 230;
	s.procs[0].exactness = EXACTNESS_ESTIMATE;
	snap = once(&s);
	assert_int_equal(copiers_of(&snap, c), 3);
	assert_int_equal(c[0].role, ROLE_WORKER);
	assert_figure(c[0].bytes.value, 260 * FIXTURE_PAGE);
	assert_int_equal(c[0].bytes.label, LABEL_EXACT);
	assert_int_equal(c[1].role, ROLE_MASTER);
	assert_figure(c[1].bytes.value, 230 * FIXTURE_PAGE);
	assert_figure(c[1].ratio.value, 230.0 / 1250);
	assert_int_equal(c[1].bytes.label, LABEL_ESTIMATE);
	assert_int_equal(c[2].role, ROLE_HELPER);
	assert_ptr_equal(copiers_find(c, 3, ROLE_MASTER), &c[1]);
	assert_true(copier_matters(&c[1], &snap));
	assert_int_equal(POOL_MEASURE(&snap, cow_broken_bytes).label, LABEL_EXACT);
	assert_int_equal(POOL_MEASURE(&snap, copied_bytes).label, LABEL_ESTIMATE);
}

/* Workers whose copies are not known are behind nobody; a master that is a zombie copied nothing that
 * is still there, and a trifle need not be said. */
static void test_copiers__unknown_gone_and_little(void **state)
{
	cleanup(sample_release) struct sample s;
	cleanup(snapshot_release) struct snapshot snap = { 0 }, alone = { 0 };
	struct copier c[COPIERS_MAX];

	take_pool(&s, 0);
	fixture_hide_pages(&s.procs[2], LEVEL_ROLLUP);
	snap = once(&s);
	assert_int_equal(copiers_of(&snap, c), 2);
	assert_int_equal(c[0].role, ROLE_WORKER);
	assert_unknown(c[0].bytes.value);
	assert_unknown(snap.pool.copied_bytes);
	assert_figure(snap.pool.master_cow_broken_bytes, 10 * FIXTURE_PAGE);

	s.procs[2].state = s.procs[0].state = 'Z';
	s.procs[1].pages.cow_broken = 990;
	alone = once(&s);
	assert_unknown(alone.pool.master_cow_broken_bytes);
	assert_int_equal(copiers_of(&alone, c), 1);
	s.procs[0].state = 'S';
	snapshot_release(&alone);
	alone = once(&s);
	assert_int_equal(copiers_of(&alone, c), 2);
	assert_false(copier_matters(&c[1], &alone));
}

/* One address space counts once, a zombie not at all. */
static void test_analysis__vfork_and_zombie_are_in_no_sum(void **state)
{
	cleanup(sample_release) struct sample s;
	cleanup(snapshot_release) struct snapshot snap = { 0 };
	struct proc_sample *p;

	take_pool(&s, 0);
	fixture_add(&s, 104, -20, of_worker)->same_mm_pid = 101;
	p = fixture_add(&s, 105, -20, of_worker);
	fixture_hide_pages(p, LEVEL_NONE);
	p->state = 'Z';
	snap = once(&s);
	assert_figure(snap.pool.workers, 2);
	assert_figure(snap.pool.memory.rss, 3900 * FIXTURE_PAGE);
	assert_int_equal(snap.level, LEVEL_EXACT);
}

/* One worker without a ledger: no sum of the ledger is left, the rest stays. */
static void test_analysis__unknown_runs_through_the_sums(void **state)
{
	cleanup(sample_release) struct sample s;
	cleanup(snapshot_release) struct snapshot snap = { 0 };

	take_pool(&s, 0);
	fixture_hide_pages(&s.procs[2], LEVEL_ROLLUP);
	s.footprint_pages = ABSENT;
	snap = once(&s);
	assert_int_equal(snap.level, LEVEL_ROLLUP);
	assert_figure(snap.procs[2].figures.shared_bytes, 950 * FIXTURE_PAGE);
	assert_figure(snap.procs[2].figures.private_bytes, 250 * FIXTURE_PAGE);
	assert_unknown(snap.procs[2].figures.cow_broken_bytes);
	assert_unknown(snap.procs[2].figures.cow_broken_ratio);
	assert_unknown(snap.procs[2].figures.pages.unaccounted);
	assert_unknown(snap.procs[3].figures.shared_bytes);
	assert_unknown(snap.pool.pages.shared);
	assert_unknown(snap.pool.cow_broken_ratio);
	assert_unknown(snap.pool.prefork_bytes);
	assert_unknown(snap.pool.footprint_bytes);
	assert_unknown(snap.pool.saved_bytes);
	assert_figure(snap.pool.memory.rss, 3900 * FIXTURE_PAGE);
	assert_figure(snap.pool.private_bytes, (400 + 250) * FIXTURE_PAGE);
}

static void test_analysis__exactness_is_that_of_the_worst(void **state)
{
	cleanup(sample_release) struct sample s;
	cleanup(snapshot_release) struct snapshot snap = { 0 }, bound = { 0 }, without = { 0 };

	take_pool(&s, 0);
	snap = once(&s);
	assert_int_equal(snap.exactness, EXACTNESS_EXACT);
	s.procs[1].exactness = EXACTNESS_UPPER_BOUND;
	s.procs[2].exactness = EXACTNESS_ESTIMATE;
	bound = once(&s);
	assert_int_equal(bound.exactness, EXACTNESS_UPPER_BOUND);
	fixture_hide_pages(&s.procs[2], LEVEL_ROLLUP);
	without = once(&s);
	assert_int_equal(without.exactness, EXACTNESS_UNKNOWN);
}

static void test_analysis__nothing_inherited_has_no_ratio(void **state)
{
	static const fact alone[6] = { 0, 0, 0, 0, 50, 20 };
	cleanup(sample_release) struct sample s;
	cleanup(snapshot_release) struct snapshot snap = { 0 };

	fixture_begin(&s, 0);
	fixture_add(&s, 100, -60, of_master);
	fixture_add(&s, 101, -50, alone);
	snap = once(&s);
	assert_unknown(snap.procs[1].figures.cow_broken_ratio);
	assert_unknown(snap.pool.cow_broken_ratio);
	assert_figure(snap.pool.cow_broken_bytes, 0);
	assert_figure(snap.pool.prefork_bytes, 0);
}

/* hugetlb pages are in the ledger and in the footprint, but the kernel counts them in no RSS. */
static void test_analysis__hugetlb(void **state)
{
	cleanup(sample_release) struct sample s;
	cleanup(snapshot_release) struct snapshot snap = { 0 };

	take_pool(&s, 0);
	s.procs[1].memory.hugetlb = 512 * FIXTURE_PAGE;
	s.procs[1].pages.file += 512;
	s.footprint_pages += 512;
	snap = once(&s);
	assert_figure(snap.procs[1].figures.pages.unaccounted, 0);
	assert_figure(snap.pool.footprint_bytes, 3012 * FIXTURE_PAGE);
	assert_unknown(snap.pool.saved_bytes);
}

static void test_analysis__pool_without_workers(void **state)
{
	cleanup(sample_release) struct sample s;
	cleanup(snapshot_release) struct snapshot snap = { 0 }, hidden = { 0 };

	fixture_begin(&s, 0);
	fixture_add(&s, 100, -60, of_master);
	snap = once(&s);
	assert_false(snap.forked);
	assert_figure(snap.pool.workers, 0);
	assert_figure(snap.pool.pages.shared, 0);
	assert_unknown(snap.pool.prefork_bytes);

	/* Without a look at the image nobody knows who was forked from it. */
	s.procs[0].image = (struct image_facts){ 0 };
	hidden = once(&s);
	assert_unknown(hidden.pool.workers);
	assert_unknown(hidden.pool.pages.shared);
	assert_unknown(hidden.pool.faults.minor);
}

static void test_analysis__empty_sample(void **state)
{
	cleanup(sample_release) struct sample s;
	cleanup(snapshot_release) struct snapshot snap = { 0 };

	fixture_begin(&s, 0);
	snap = once(&s);
	assert_int_equal(snap.nprocs, 0);
	assert_int_equal(snap.level, LEVEL_NONE);
	assert_string_equal(snap.command, "");
	assert_unknown(snap.pool.memory.rss);
	assert_unknown(snap.pool.workers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_analysis__figures_of_a_process),
		cmocka_unit_test(test_analysis__sums_of_the_pool),
		cmocka_unit_test(test_analysis__forked_helper_is_in_the_memory_only),
		cmocka_unit_test(test_copiers__by_what_they_copied),
		cmocka_unit_test(test_copiers__unknown_gone_and_little),
		cmocka_unit_test(test_analysis__vfork_and_zombie_are_in_no_sum),
		cmocka_unit_test(test_analysis__unknown_runs_through_the_sums),
		cmocka_unit_test(test_analysis__exactness_is_that_of_the_worst),
		cmocka_unit_test(test_analysis__nothing_inherited_has_no_ratio),
		cmocka_unit_test(test_analysis__hugetlb),
		cmocka_unit_test(test_analysis__pool_without_workers),
		cmocka_unit_test(test_analysis__empty_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
