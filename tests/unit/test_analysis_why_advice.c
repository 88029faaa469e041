#include "lib/analysis_steps.h"
#include "lib/golden.h"
#include "analysis/server.h"
#include "analysis/why_advice.h"
#include "analysis/why_pool.h"
#include "sink/advice.h"

/*
 * What would help, by made facts: each kind of advice with its amount, and none without.
 */
#define PAGES(mib) ((mib)*FIXTURE_MIB / FIXTURE_PAGE)

/* A pool that is asked why, and all that may be known of it. */
struct stage {
	struct analysis_steps c;
	struct why w;
	struct why_evidence e;
	struct why_growth growth;
	struct equal_facts equal;
	struct allocator_inventory master, worker;
	struct address_space space;
	struct region region;
};

static void stage_end(struct stage *s)
{
	allocator_inventory_release(&s->master);
	allocator_inventory_release(&s->worker);
	why_growth_free(&s->growth);
	why_release(&s->w);
	steps_end(&s->c);
}

/* Three workers with 80 MiB inherited, so much of it copied, and new memory. */
static void workers_at(struct stage *s, double second, fact copied, fact new)
{
	const fact pages[6] = { PAGES(80) - copied, 0, copied, 0, new, 100 };

	steps_at(&s->c, second);
	fixture_gc(&s->c.s.procs[0], 1, 700, 0);
	s->c.s.host.available_bytes = 1000 * FIXTURE_MIB;
	for (pid_t pid = 101; pid < 104; pid++) {
		struct proc_sample *p = fixture_add(&s->c.s, pid, -50, pages);

		p->minflt = 1000 + (fact)(100 * second);
		fixture_gc(p, 1, 700, 0)->collected[0] = 120;
	}
}

static void look(struct stage *s)
{
	steps_look(&s->c);
	why_growth_look(&s->growth, &s->c.snap);
}

static struct why_amount exactly(double pages)
{
	return (struct why_amount){ pages, pages, pages };
}

/* What was copied, by `only` the collector alone. */
static void causes(struct stage *s, enum why_basis basis, struct why_amount only)
{
	struct why_worker k = { .basis = basis, .inherited = PAGES(80), .copied = PAGES(50), .at_risk = NAN };

	k.causes[WHY_COLLECTOR_ONLY] = only;
	k.causes[WHY_COLLECTOR_FIRST] = (struct why_amount){ PAGES(8), PAGES(6), PAGES(10) };
	k.causes[WHY_REFERENCES] = exactly(PAGES(20));
	k.causes[WHY_STARTUP] = exactly(PAGES(5));
	s->w = (struct why){ .nworkers = 3, .n = 1, .page_size = FIXTURE_PAGE };
	s->w.workers = calloc(1, sizeof(k));
	s->w.workers[0] = k;
	why_sum_up(&s->w, basis == WHY_NONE ? "nothing is known" : NULL);
}

static void begin(struct stage *s, fact copied, fact new)
{
	*s = (struct stage){ 0 };
	steps_begin(&s->c);
	workers_at(s, 0, copied, new);
}

static void advise(struct stage *s)
{
	look(s);
	s->e.snap = &s->c.snap;
	why_advise(&s->w, &s->e);
}

static const struct why_advice *any(const struct stage *s, enum why_advice_kind kind)
{
	for (size_t i = 0; i < s->w.nadvice; i++)
		if (s->w.advice[i].kind == kind)
			return &s->w.advice[i];
	return NULL;
}

static const struct why_advice *the(const struct stage *s, enum why_advice_kind kind)
{
	const struct why_advice *d = any(s, kind);

	if (!d)
		fail_msg("no advice: %s", why_advice_name(kind));
	return d;
}

static void assert_mib(struct why_amount a, double mib, double low, double high)
{
	const double by = (double)FIXTURE_PAGE / FIXTURE_MIB;

	if (isnan(mib) ? !isnan(a.pages) : !(fabs(a.pages * by - mib) < 0.06))
		fail_msg("%.2f, not %.2f MiB", a.pages * by, mib);
	if (!(fabs(a.low * by - low) < 0.06 && fabs(a.high * by - high) < 0.06))
		fail_msg("%.2f to %.2f, not %.2f to %.2f MiB", a.low * by, a.high * by, low, high);
}

static void set_glibc(struct allocator_inventory *i, fact arenas, fact trimmable, fact pinned)
{
	struct allocator_facts *f = allocator_add(i, ALLOCATOR_GLIBC, ALLOCATOR_BY_STATE);

	f->arenas = arenas;
	f->trimmable = trimmable * (fact)FIXTURE_MIB;
	f->pinned = pinned * (fact)FIXTURE_MIB;
}

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

static void test_advice__preload(void **state)
{
	cleanup(stage_end) struct stage s;
	const struct why_advice *d;

	begin(&s, PAGES(2), PAGES(60));
	causes(&s, WHY_NONE, WHY_UNKNOWN);
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

	begin(&s, PAGES(2), PAGES(60));
	causes(&s, WHY_NONE, WHY_UNKNOWN);
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

	begin(&s, PAGES(2), PAGES(60));
	causes(&s, WHY_NONE, WHY_UNKNOWN);
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
	begin(&t, PAGES(2), PAGES(60));
	causes(&t, WHY_NONE, WHY_UNKNOWN);
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

	begin(&s, PAGES(2), PAGES(40));
	causes(&s, WHY_NONE, WHY_UNKNOWN);
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

	begin(&s, PAGES(2), PAGES(40));
	causes(&s, WHY_NONE, WHY_UNKNOWN);
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

	begin(&s, PAGES(2), PAGES(40));
	causes(&s, WHY_NONE, WHY_UNKNOWN);
	set_glibc(&s.master, 1, 0, 1);
	set_glibc(&s.worker, 9, 12, 8);
	s.e = (struct why_evidence){ .master = &s.master, .worker = &s.worker, .cores = 2 };
	advise(&s);
	assert_mib(the(&s, ADVICE_ARENAS)->per_worker, NAN, 0, 19);
	assert_non_null(strstr(the(&s, ADVICE_ARENAS)->text, "malloc has 9 in a worker, on 2 cores"));
	assert_mib(the(&s, ADVICE_ALLOCATOR)->per_worker, NAN, 0, 7);

	begin(&t, PAGES(2), PAGES(40));
	fixture_gc_setting(&t.c.s.procs[0], "MALLOC_ARENA_MAX", "2");
	fixture_gc_setting(&t.c.s.procs[0], "LD_PRELOAD", "/usr/lib/libjemalloc.so.2");
	causes(&t, WHY_NONE, WHY_UNKNOWN);
	set_glibc(&t.worker, 9, 12, 8);
	t.e = (struct why_evidence){ .worker = &t.worker };
	advise(&t);
	assert_null(any(&t, ADVICE_ARENAS));
	assert_null(any(&t, ADVICE_ALLOCATOR));
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
		cmocka_unit_test(test_advice__preload),
		cmocka_unit_test(test_advice__preload_by_a_sample),
		cmocka_unit_test(test_advice__preload_by_words),
		cmocka_unit_test(test_advice__freed_memory_is_not_loaded),
		cmocka_unit_test(test_advice__free_memory_of_the_master),
		cmocka_unit_test(test_advice__arenas_and_other_allocators),
		cmocka_unit_test(test_advice__pythonmalloc),
		cmocka_unit_test(test_advice__no_pymalloc_is_seen),
		cmocka_unit_test(test_advice__holes),
		cmocka_unit_test(test_advice__warming),
		cmocka_unit_test(test_advice__huge_pages),
		cmocka_unit_test(test_advice__growth),
		cmocka_unit_test(test_advice__no_growth),
		cmocka_unit_test(test_advice__a_young_one),
		cmocka_unit_test(test_advice__ruby),
		cmocka_unit_test(test_advice__more_workers),
		cmocka_unit_test(test_advice__servers),
		cmocka_unit_test(test_advice__golden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
