#include "lib/advice_stage.h"
#include "lib/golden.h"
#include "analysis/server.h"
#include "sink/advice.h"
#include "sink/json_why_parts.h"

/*
 * What would help, by made facts: each kind of advice with its amount, and none without. Of memory:
 * test_analysis_why_memory.c.
 */
/* The collector took it: freezing comes first, and turned off it has its price. */
static void test_advice__freeze(void **state)
{
	cleanup(stage_end) struct stage s;

	begin(&s, PAGES(50), PAGES(4));
	causes(&s, WHY_YOUNG, (struct why_amount){ PAGES(16), PAGES(14), PAGES(18) });
	advise(&s);
	assert_int_equal(s.w.advice[0].kind, ADVICE_FREEZE);
	assert_true(s.w.advice[0].helps);
	assert_mib(s.w.advice[0].per_worker, 16, 14, 18);
	assert_mib(s.w.advice[0].pool, 48, 42, 54);
	assert_non_null(strstr(s.w.advice[0].how, "gc.freeze()"));
	assert_string_equal(s.w.advice[0].rests_on, s.w.reason);
	assert_int_equal(s.w.advice[1].kind, ADVICE_COLLECTOR_OFF);
	assert_mib(s.w.advice[1].per_worker, 16, 14, 18);
	assert_non_null(strstr(s.w.advice[1].text, "120 objects"));
	assert_mib(the(&s, ADVICE_BULK)->per_worker, NAN, 0, 35);
	assert_mib(the(&s, ADVICE_WARM)->per_worker, NAN, 0, 5);
}

/* What it gives is next to nothing: that is said, with the figure. */
static void test_advice__freezing_gives_nothing(void **state)
{
	cleanup(stage_end) struct stage s;
	const struct why_advice *d;

	begin(&s, PAGES(50), PAGES(4));
	causes(&s, WHY_YOUNG, (struct why_amount){ PAGES(2), PAGES(1), PAGES(3) });
	advise(&s);
	d = the(&s, ADVICE_FREEZE);
	assert_false(d->helps);
	assert_non_null(strstr(d->text, "nothing to speak of, about 2.0 MiB a worker (1.0 to 3.0)"));
	assert_null(any(&s, ADVICE_COLLECTOR_OFF));
	assert_int_equal(s.w.advice[0].kind, ADVICE_BULK);
	assert_true(s.w.advice[0].helps);
}

static void test_advice__frozen_or_off(void **state)
{
	cleanup(stage_end) struct stage s, t;

	begin(&s, PAGES(50), 0);
	s.c.s.procs[0].gc.interpreters[0].any_frozen = 1;
	causes(&s, WHY_YOUNG, exactly(0));
	advise(&s);
	assert_non_null(strstr(the(&s, ADVICE_FREEZE)->text, "has frozen"));
	begin(&t, PAGES(50), 0);
	causes(&t, WHY_RISK, exactly(0));
	t.w.off = true;
	advise(&t);
	assert_false(the(&t, ADVICE_FREEZE)->helps);
	assert_non_null(strstr(the(&t, ADVICE_FREEZE)->text, "collector is off"));
}

/* Without a figure there is no advice: of other programs, where nothing is known of copies. */
static void test_advice__nothing_without_a_figure(void **state)
{
	cleanup(stage_end) struct stage s;

	begin(&s, PAGES(50), PAGES(40));
	gc_facts_release(&s.c.s.procs[0].gc);
	s.c.s.procs[0].gc.runtime = RUNTIME_NONE;
	s.c.s.host.available_bytes = ABSENT;
	causes(&s, WHY_NONE, WHY_UNKNOWN);
	advise(&s);
	assert_int_equal(s.w.nadvice, 0);
}

static void test_advice__pythonmalloc(void **state)
{
	static const char *const others[] = { "pymalloc", "debug" };
	cleanup(stage_end) struct stage s;

	begin(&s, PAGES(50), 0);
	fixture_gc_setting(&s.c.s.procs[0], "PYTHONMALLOC", "malloc");
	causes(&s, WHY_YOUNG, (struct why_amount){ PAGES(16), PAGES(14), PAGES(18) });
	advise(&s);
	assert_mib(the(&s, ADVICE_PYTHONMALLOC)->per_worker, NAN, 0, 28);
	for (size_t i = 0; i < 2; i++) {
		cleanup(stage_end) struct stage t;

		begin(&t, PAGES(50), 0);
		fixture_gc_setting(&t.c.s.procs[0], "PYTHONMALLOC", others[i]);
		causes(&t, WHY_YOUNG, exactly(PAGES(16)));
		advise(&t);
		assert_null(any(&t, ADVICE_PYTHONMALLOC));
	}
}

/* Of bounds it is no more than freezing gives, and comes behind it. */
static void test_advice__pythonmalloc_by_bounds(void **state)
{
	cleanup(stage_end) struct stage s;

	begin(&s, PAGES(50), 0);
	fixture_gc_setting(&s.c.s.procs[0], "PYTHONMALLOC", "malloc");
	causes(&s, WHY_BOUNDS, (struct why_amount){ NAN, 0, PAGES(30) });
	advise(&s);
	assert_int_equal(s.w.advice[0].kind, ADVICE_FREEZE);
	assert_mib(the(&s, ADVICE_PYTHONMALLOC)->per_worker, NAN, 0, 30);
}

/* Not said where, but there are no pools of it. */
static void test_advice__no_pymalloc_is_seen(void **state)
{
	for (int pools = 0; pools < 2; pools++) {
		cleanup(stage_end) struct stage s;

		begin(&s, PAGES(50), 0);
		snprintf(s.c.s.procs[0].gc.build, sizeof(s.c.s.procs[0].gc.build), "release");
		causes(&s, WHY_YOUNG, exactly(PAGES(16)));
		set_glibc(&s.master, 1, 0, 0);
		if (pools)
			allocator_add(&s.master, ALLOCATOR_PYMALLOC, ALLOCATOR_BY_STATE);
		s.e.master = &s.master;
		advise(&s);
		assert_int_equal(!any(&s, ADVICE_PYTHONMALLOC), pools);
	}
}

static void test_advice__holes(void **state)
{
	cleanup(stage_end) struct stage s;

	begin(&s, PAGES(50), 0);
	causes(&s, WHY_YOUNG, exactly(0));
	s.w.causes[WHY_ALLOCATOR] = exactly(PAGES(9));
	advise(&s);
	assert_mib(the(&s, ADVICE_COLLECT)->per_worker, NAN, 0, 9);
	assert_non_null(strstr(the(&s, ADVICE_COLLECT)->how, "gc.collect()"));
}

/* Wide bounds of next to nothing are no reason: an ordinary user's, who has to guess which pages are copies. */
static void test_advice__not_by_wide_bounds(void **state)
{
	cleanup(stage_end) struct stage s;

	begin(&s, PAGES(50), 0);
	causes(&s, WHY_YOUNG, exactly(0));
	s.w.causes[WHY_ALLOCATOR] = (struct why_amount){ PAGES(0.25), 0, PAGES(4) };
	s.w.causes[WHY_STARTUP] = (struct why_amount){ PAGES(0.5), 0, PAGES(5) };
	advise(&s);
	assert_null(any(&s, ADVICE_COLLECT));
	assert_null(any(&s, ADVICE_WARM));
}

/* Warm code with branches writes all the same from 3.13 on. */
static void test_advice__warming(void **state)
{
	static const struct {
		const char *version;
		bool promised;
	} versions[] = { { "3.11.2", true }, { "3.13.0", false }, { "", false } };

	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++) {
		cleanup(stage_end) struct stage s;

		begin(&s, PAGES(50), 0);
		snprintf(s.c.s.procs[0].gc.version, sizeof(s.c.s.procs[0].gc.version), "%s",
			 versions[i].version);
		causes(&s, WHY_YOUNG, exactly(0));
		advise(&s);
		assert_int_equal(!strstr(the(&s, ADVICE_WARM)->text, "not promised"), versions[i].promised);
	}
}

static void test_advice__ruby(void **state)
{
	static const struct {
		const char *version, *how;
	} versions[] = { { "3.1.2", "GC.compact" },
			 { "3.3.0", "Process.warmup" },
			 { "4.0.1", "Process.warmup" },
			 { "", "GC.compact" } };

	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++) {
		cleanup(stage_end) struct stage s;
		struct gc_facts *gc;

		begin(&s, PAGES(50), 0);
		fixture_name(&s.c.s.procs[0], "puma", "puma 5.6.5 (tcp://0.0.0.0:9292) [app]");
		gc = &s.c.s.procs[0].gc;
		gc_facts_release(gc);
		gc->runtime = RUNTIME_RUBY;
		snprintf(gc->version, sizeof(gc->version), "%s", versions[i].version);
		causes(&s, WHY_NONE, WHY_UNKNOWN);
		advise(&s);
		assert_int_equal(s.w.advice[0].kind, ADVICE_COMPACT);
		assert_mib(s.w.advice[0].per_worker, NAN, 0, 50);
		assert_non_null(strstr(s.w.advice[0].how, versions[i].how));
	}
}

/* What is old already, and has no room, is written no more. */
static void test_advice__ruby_by_ages(void **state)
{
	static const struct {
		fact young, roomy;
		double high;
		bool helps;
	} cases[] = { { PAGES(20), PAGES(10), 30 + 2, true },
		      { PAGES(90), PAGES(10), 48 + 2, true },
		      { 0, 0, 2, false } };
	struct memory_use use = { .kind = MEMORY_RUBY, .pages = { .cow_broken = 3 * PAGES(48) } };
	const struct memory_uses uses = { .items = &use, .n = 1 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ruby_heap_facts ruby = { .any = true };
		cleanup(stage_end) struct stage s;

		ruby_heap_forget(&ruby);
		ruby.young_pages = cases[i].young;
		ruby.pages = PAGES(100);
		ruby.mixed_pages = 0;
		ruby.roomy_pages = cases[i].roomy;
		begin(&s, PAGES(50), 0);
		gc_facts_release(&s.c.s.procs[0].gc);
		s.c.s.procs[0].gc.runtime = RUNTIME_RUBY;
		causes(&s, WHY_NONE, WHY_UNKNOWN);
		s.e = (struct why_evidence){ .ruby = &ruby, .uses = &uses, .nuses = 3 };
		advise(&s);
		assert_mib(the(&s, ADVICE_COMPACT)->per_worker, NAN, 0, cases[i].high);
		assert_int_equal(the(&s, ADVICE_COMPACT)->helps, cases[i].helps);
	}
}

/* CPython's own pools have no name of their own. */
static void test_advice__servers(void **state)
{
	static const struct {
		const char *title;
		fact threads;
		bool loaded;
		const char *name;
	} cases[] = {
		{ "/usr/bin/python3 /srv/pool.py", 4, true, "multiprocessing" },
		{ "/usr/bin/python3 /srv/pool.py", 3, true, "ProcessPoolExecutor" },
		{ "/usr/bin/python3 /srv/pool.py", 1, true, "" },
		{ "/usr/bin/python3 /srv/pool.py", 4, false, "" },
		{ "gunicorn: master [app:app]", 4, true, "gunicorn" },
		{ "uWSGI master", 1, false, "uwsgi" },
		{ "[celeryd: celery@host:MainProcess] -active-", 1, false, "celery" },
		{ "puma 5.6.5 (tcp://0.0.0.0:9292) [app]", 1, false, "puma" },
		{ "unicorn master -c u.rb", 1, false, "unicorn" },
		{ "php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)", 1, false, "php-fpm" },
		{ "/usr/lib/postgresql/15/bin/postgres -D data", 1, false, "postgres" },
		{ "nginx: master process /usr/sbin/nginx", 1, false, "nginx" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct region region = {
			.name = (char *)(cases[i].loaded ?
						 "/usr/lib/lib-dynload/_multiprocessing.cpython-311.so" :
						 "[heap]")
		};
		const struct address_space space = { .regions = &region, .nregions = 1 };
		cleanup(stage_end) struct stage s;
		const struct server *server;

		begin(&s, 0, 0);
		fixture_name(&s.c.s.procs[0], "master", cases[i].title);
		s.c.s.procs[0].threads = cases[i].threads;
		look(&s);
		server = server_within(&s.c.snap, &space);
		assert_string_equal(server->name, cases[i].name);
		assert_true(*server_load(server) && *server_recycle(server) && *server_collect(server) &&
			    *server_off(server) && *server_warm(server) && *server_compact(server, false));
	}
}

/* All of it, as it is shown. */
static void test_advice__golden(void **state)
{
	cleanup(buf_release) struct buf narrow = { 0 }, wide = { 0 }, json = { 0 };
	cleanup(stage_end) struct stage s;
	cJSON *root = json_begin();

	begin(&s, PAGES(50), PAGES(30));
	for (size_t i = 1; i < s.c.s.nprocs; i++)
		s.c.s.procs[i].collapsed = PAGES(5);
	fixture_gc_setting(&s.c.s.procs[0], "PYTHONMALLOC", "malloc");
	causes(&s, WHY_YOUNG, (struct why_amount){ PAGES(16), PAGES(14), PAGES(18) });
	s.w.causes[WHY_ALLOCATOR] = exactly(PAGES(4));
	set_glibc(&s.master, 1, 0, 1);
	set_glibc(&s.worker, 9, 2, 8);
	s.equal = (struct equal_facts){
		.workers = 3,
		.new = PAGES(30),
		.sampled = PAGES(29),
		.zero = PAGES(4),
		.pages = { 9, 12, 40 },
	};
	s.e = (struct why_evidence){
		.master = &s.master, .worker = &s.worker, .equal = &s.equal, .cores = 2
	};
	advise(&s);
	text_advice(&narrow, &s.w, 80);
	golden_check("advice-80.txt", &narrow);
	text_advice(&wide, &s.w, 120);
	golden_check("advice-120.txt", &wide);
	json_advice(root, &s.w);
	json_end(&json, root, true);
	golden_check("advice.json", &json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_advice__freeze),
		cmocka_unit_test(test_advice__freezing_gives_nothing),
		cmocka_unit_test(test_advice__frozen_or_off),
		cmocka_unit_test(test_advice__nothing_without_a_figure),
		cmocka_unit_test(test_advice__pythonmalloc),
		cmocka_unit_test(test_advice__pythonmalloc_by_bounds),
		cmocka_unit_test(test_advice__no_pymalloc_is_seen),
		cmocka_unit_test(test_advice__holes),
		cmocka_unit_test(test_advice__not_by_wide_bounds),
		cmocka_unit_test(test_advice__warming),
		cmocka_unit_test(test_advice__ruby),
		cmocka_unit_test(test_advice__ruby_by_ages),
		cmocka_unit_test(test_advice__servers),
		cmocka_unit_test(test_advice__golden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
