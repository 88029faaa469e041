/* What would help against memory that workers have of their own, by made facts. */
#include "lib/advice_stage.h"

/* So much new memory, and few copies of which nothing is known. */
static void begin_new(struct stage *s, fact new)
{
	begin(s, PAGES(2), new);
	causes(s, WHY_NONE, WHY_UNKNOWN);
}

static void test_advice__preload(void **state)
{
	cleanup(stage_end) struct stage s;
	const struct why_advice *d;

	begin_new(&s, PAGES(60));
	s.equal = (struct equal_facts){
		.workers = 3,
		.new = PAGES(60),
		.sampled = PAGES(60),
		.pages = { PAGES(48), PAGES(50), PAGES(51) },
	};
	s.e.equal = &s.equal;
	advise(&s);
	d = &s.w.advice[0];
	assert_int_equal(d->kind, ADVICE_PRELOAD);
	assert_true(d->helps);
	assert_mib(d->per_worker, 50, 48, 51);
	assert_mib(d->pool, 100, 96, 102);
	assert_non_null(strstr(d->how, "--preload"));
}

/* A part was read: the bounds are as wide as that makes them; pages are chosen 64 at once. */
static void test_advice__preload_by_a_sample(void **state)
{
	cleanup(stage_end) struct stage s;
	const double error = 60 * 2 * sqrt(0.75 * 0.25 / 120);

	begin_new(&s, PAGES(60));
	s.equal = (struct equal_facts){
		.workers = 3, .new = PAGES(60), .sampled = 7680, .pages = { 5760, 5760, 5760 }
	};
	s.e.equal = &s.equal;
	advise(&s);
	assert_mib(the(&s, ADVICE_PRELOAD)->per_worker, 45, 45 - error, 45 + error);
}

/* Objects lie elsewhere in each worker, so that no page is the same, but what they hold is. */
static void test_advice__preload_by_words(void **state)
{
	cleanup(stage_end) struct stage s, t;

	begin_new(&s, PAGES(60));
	s.equal = (struct equal_facts){
		.workers = 3,
		.new = PAGES(60),
		.sampled = PAGES(60),
		.zero = PAGES(10),
		.pages = { PAGES(1), PAGES(1), PAGES(1) },
		.words = 1000,
		.found = { 600, 800, 900 },
	};
	s.e.equal = &s.equal;
	advise(&s);
	assert_mib(the(&s, ADVICE_PRELOAD)->per_worker, 40, 1, 45);
	/* a few words tell nothing */
	begin_new(&t, PAGES(60));
	s.equal.words = 20;
	s.equal.found = (struct equal_parts){ 20, 20, 20 };
	t.e.equal = &s.equal;
	advise(&t);
	assert_mib(the(&t, ADVICE_PRELOAD)->per_worker, 1, 1, 1);
}

/* What was freed holds what it held, in all of them. */
static void test_advice__freed_memory_is_not_loaded(void **state)
{
	cleanup(stage_end) struct stage s;

	begin_new(&s, PAGES(40));
	set_glibc(&s.master, 1, 1, 2);
	set_glibc(&s.worker, 1, 31, 2);
	s.equal = (struct equal_facts){
		.workers = 3,
		.new = PAGES(40),
		.sampled = PAGES(40),
		.pages = { PAGES(30), PAGES(30), PAGES(30) },
	};
	s.e.equal = &s.equal;
	s.e.master = &s.master;
	s.e.worker = &s.worker;
	advise(&s);
	assert_int_equal(s.w.advice[0].kind, ADVICE_TRIM);
	assert_mib(s.w.advice[0].per_worker, 30, 30, 31);
	assert_non_null(strstr(s.w.advice[0].how, "malloc_trim"));
	assert_false(the(&s, ADVICE_PRELOAD)->helps);
	assert_mib(the(&s, ADVICE_PRELOAD)->per_worker, 0, 0, 30);
}

/* What the master had free as well is shared: it gives nothing back. */
static void test_advice__free_memory_of_the_master(void **state)
{
	cleanup(stage_end) struct stage s;

	begin_new(&s, PAGES(40));
	set_glibc(&s.master, 1, 30, 0);
	set_glibc(&s.worker, 1, 30, 0);
	s.e.master = &s.master;
	s.e.worker = &s.worker;
	advise(&s);
	assert_false(the(&s, ADVICE_TRIM)->helps);
	assert_null(any(&s, ADVICE_ARENAS));
	assert_null(any(&s, ADVICE_ALLOCATOR));
}

static void test_advice__arenas_and_other_allocators(void **state)
{
	cleanup(stage_end) struct stage s, t;

	begin_new(&s, PAGES(40));
	set_glibc(&s.master, 1, 0, 1);
	set_glibc(&s.worker, 9, 12, 8);
	s.e = (struct why_evidence){ .master = &s.master, .worker = &s.worker, .cores = 2 };
	advise(&s);
	assert_mib(the(&s, ADVICE_ARENAS)->per_worker, NAN, 0, 19);
	assert_non_null(strstr(the(&s, ADVICE_ARENAS)->text, "malloc has 9 in a worker, on 2 cores"));
	assert_mib(the(&s, ADVICE_ALLOCATOR)->per_worker, NAN, 0, 7);

	begin_new(&t, PAGES(40));
	fixture_gc_setting(&t.c.s.procs[0], "MALLOC_ARENA_MAX", "2");
	fixture_gc_setting(&t.c.s.procs[0], "LD_PRELOAD", "/usr/lib/libjemalloc.so.2");
	set_glibc(&t.worker, 9, 12, 8);
	t.e = (struct why_evidence){ .worker = &t.worker };
	advise(&t);
	assert_null(any(&t, ADVICE_ARENAS));
	assert_null(any(&t, ADVICE_ALLOCATOR));
}

static void test_advice__huge_pages(void **state)
{
	cleanup(stage_end) struct stage s;

	begin(&s, PAGES(50), 0);
	for (size_t i = 1; i < s.c.s.nprocs; i++)
		s.c.s.procs[i].collapsed = PAGES(40);
	causes(&s, WHY_YOUNG, exactly(0));
	advise(&s);
	assert_int_equal(s.w.advice[0].kind, ADVICE_HUGE_PAGES);
	assert_mib(s.w.advice[0].per_worker, 40, 0, 40);
	assert_non_null(strstr(s.w.advice[0].how, "prctl(41"));
}

/* It only grows: what came in the time that was watched, half of it at the least. */
static void test_advice__growth(void **state)
{
	cleanup(stage_end) struct stage s;
	const struct why_advice *d;

	begin(&s, PAGES(4), PAGES(8));
	for (int second = 1; second <= 20; second++) {
		look(&s);
		workers_at(&s, second, PAGES(4), PAGES(8 + 2 * second));
	}
	causes(&s, WHY_NONE, WHY_UNKNOWN);
	s.e.growth = &s.growth;
	advise(&s);
	d = &s.w.advice[0];
	assert_int_equal(d->kind, ADVICE_RECYCLE);
	assert_mib(d->per_worker, 40, 20, 48);
	assert_non_null(strstr(d->how, "--max-requests"));
	assert_non_null(strstr(d->text, "2000 minor faults"));
}

/* It stands: then there is nothing to recycle. */
static void test_advice__no_growth(void **state)
{
	cleanup(stage_end) struct stage s;

	begin(&s, PAGES(4), PAGES(30));
	for (int second = 1; second <= 20; second++) {
		look(&s);
		workers_at(&s, second, PAGES(4), PAGES(30));
	}
	causes(&s, WHY_NONE, WHY_UNKNOWN);
	s.e.growth = &s.growth;
	advise(&s);
	assert_null(any(&s, ADVICE_RECYCLE));
}

/* A young worker beside old ones. */
static void test_advice__a_young_one(void **state)
{
	static const fact young[6] = { PAGES(70), 0, PAGES(10), 0, PAGES(4), 100 };
	cleanup(stage_end) struct stage s;

	begin(&s, PAGES(50), PAGES(6));
	fixture_add(&s.c.s, 110, -12, young)->minflt = 4321;
	causes(&s, WHY_NONE, WHY_UNKNOWN);
	s.e.growth = &s.growth;
	advise(&s);
	assert_mib(the(&s, ADVICE_RECYCLE)->per_worker, NAN, 0, (3 * 56 + 14) / 4.0 - 14);
	assert_non_null(strstr(the(&s, ADVICE_RECYCLE)->text, "4321 minor faults"));
}

/* The limit is nearer than the host's end; the first advice makes room. */
static void test_advice__more_workers(void **state)
{
	cleanup(stage_end) struct stage s;
	const struct why_advice *d;

	begin(&s, PAGES(50), PAGES(10));
	s.c.s.host.cgroup_limit_bytes = 500 * FIXTURE_MIB;
	s.c.s.host.cgroup_used_bytes = 300 * FIXTURE_MIB;
	causes(&s, WHY_YOUNG, (struct why_amount){ PAGES(20), PAGES(18), PAGES(22) });
	advise(&s);
	d = the(&s, ADVICE_WORKERS);
	assert_true(d->fit == 3);
	assert_true(d->fit_after == 6);
	assert_non_null(
		strstr(d->text,
		       "3 more workers would fit below the memory limit: each costs 60.0 MiB of its own, "
		       "and 6 with gc.freeze() before the fork"));
	assert_mib(d->pool, 200, 200, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_advice__preload),
		cmocka_unit_test(test_advice__preload_by_a_sample),
		cmocka_unit_test(test_advice__preload_by_words),
		cmocka_unit_test(test_advice__freed_memory_is_not_loaded),
		cmocka_unit_test(test_advice__free_memory_of_the_master),
		cmocka_unit_test(test_advice__arenas_and_other_allocators),
		cmocka_unit_test(test_advice__huge_pages),
		cmocka_unit_test(test_advice__growth),
		cmocka_unit_test(test_advice__no_growth),
		cmocka_unit_test(test_advice__a_young_one),
		cmocka_unit_test(test_advice__more_workers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
