#include "lib/findings_stage.h"

/*
 * Memory that workers made themselves: loaded by each of them, growing, or more in one than in the others.
 */

#define PAGES(mib) ((mib)*FIXTURE_MIB / FIXTURE_PAGE)

/* A worker with so many pages inherited, copied, and new. */
static struct proc_sample *worker(struct analysis_steps *c, pid_t pid, double born, fact inherited,
				  fact copied, fact new)
{
	const fact pages[6] = { inherited - copied, 0, copied, 0, new, 100 };

	return fixture_add(&c->s, pid, born, pages);
}

/* Three workers that have made so much new memory each, beside what they inherited. */
static void look_at(struct analysis_steps *c, double second, fact inherited, const fact new[3])
{
	pid_t i;

	steps_at(c, second);
	for (i = 0; i < 3; i++)
		worker(c, 101 + i, -50, inherited, 0, new[i]);
	steps_look(c);
}

static bool has(const struct analysis_steps *c, enum finding_kind kind)
{
	size_t i;

	for (i = 0; i < c->snap.nfindings; i++) {
		if (c->snap.findings[i].kind == kind)
			return true;
	}
	return false;
}

static const struct finding *the_growth(const struct analysis_steps *c)
{
	size_t i;

	for (i = 0; i < c->snap.nfindings; i++) {
		if (c->snap.findings[i].kind == FINDING_GROWTH)
			return &c->snap.findings[i];
	}
	fail_msg("no growth");
	return NULL;
}

/* Nothing was preloaded: most of what each has is its own, in all of them alike, though what they inherited
 * is more than a tenth. */
static void test_memory__not_preloaded(void **state)
{
	static const fact loaded[3] = { PAGES(62), PAGES(61), PAGES(62) };
	static const fact served[3] = { PAGES(62), PAGES(20), PAGES(40) };
	static const fact long_served[3] = { PAGES(62), PAGES(70), PAGES(90) };
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;

	steps_begin(&c);
	look_at(&c, 0, PAGES(19), loaded);
	f = the_finding(&c, FINDING_NOT_SHARING);
	assert_figure(f->value, 185 * FIXTURE_MIB);
	assert_int_equal(f->label, LABEL_EXACT);
	assert_string_equal(
		f->text,
		"each worker has made 61.0 MiB to 62.0 MiB for itself and has 19.0 MiB from "
		"the master: the application is most likely loaded after the fork, not before "
		"(gunicorn: --preload, or preload_app = True), or they have grown since: a longer look "
		"tells");

	look_at(&c, 1, PAGES(19), served);
	assert_false(has(&c, FINDING_NOT_SHARING) || has(&c, FINDING_LOADED_AFTER_FORK));
	look_at(&c, 2, PAGES(19), long_served);
	assert_non_null(
		strstr(the_finding(&c, FINDING_NOT_SHARING)->text, "62.0 MiB to 90.0 MiB for itself"));
	look_at(&c, 3, PAGES(40), long_served);
	assert_false(has(&c, FINDING_NOT_SHARING));
}

/* One look cannot tell it from a leak; a watch can, and who inherited next to nothing needs none. */
static void test_memory__not_preloaded_or_grown(void **state)
{
	static const fact loaded[3] = { PAGES(62), PAGES(62), PAGES(62) };
	cleanup(steps_end) struct analysis_steps c;
	int i;

	steps_begin(&c);
	for (i = 0; i < 10; i++) {
		look_at(&c, i, PAGES(43), loaded);
		assert_int_equal(!strstr(the_finding(&c, FINDING_NOT_SHARING)->text, "grown since"), i >= 7);
	}
	look_at(&c, 0, PAGES(3), loaded);
	assert_null(strstr(the_finding(&c, FINDING_NOT_SHARING)->text, "grown since"));
}

/* Each server's own words; the master says that it preloads; a server that loads no application. */
static void test_memory__words_of_servers(void **state)
{
	static const fact loaded[3] = { PAGES(62), PAGES(62), PAGES(62) };
	static const struct {
		const char *title, *words;
	} cases[] = {
		{ "/usr/bin/python3 /usr/bin/gunicorn -w 3 app:app", "gunicorn: --preload" },
		{ "uWSGI master", "uWSGI: without lazy-apps" },
		{ "[celeryd: celery@host:MainProcess] -active-", "Celery: " },
		{ "puma 5.6.5 (tcp://0.0.0.0:9292) [app]", "Puma: preload_app!" },
		{ "unicorn master -c u.rb", "Unicorn: preload_app true" },
		{ "php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)", "PHP: opcache.preload" },
		{ "/usr/bin/python3 -c from multiprocessing.forkserver import main; main(5, 6)",
		  "set_forkserver_preload()" },
		{ "Passenger AppPreloader: /srv/app", "passenger_spawn_method smart" },
		{ "/usr/bin/python3 /srv/pool.py", "load it before the workers are forked" },
		{ "/usr/bin/python3 /usr/bin/gunicorn -w 3 --preload app:app", NULL },
		{ "postgres: checkpointer", NULL },
	};
	size_t i, k;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cleanup(steps_end) struct analysis_steps c;

		steps_begin(&c);
		steps_at(&c, 0);
		for (k = 0; k < 3; k++)
			worker(&c, 101 + (pid_t)k, -50, PAGES(19), 0, loaded[k]);
		fixture_name(&c.s.procs[0], "master", cases[i].title);
		steps_look(&c);
		if (cases[i].words)
			assert_non_null(strstr(the_finding(&c, FINDING_NOT_SHARING)->text, cases[i].words));
		else
			assert_false(has(&c, FINDING_NOT_SHARING));
	}
}

#define ONCE "; or it was needed once and the allocator has not given it back (malloc_trim, MALLOC_ARENA_MAX)"

/* The application was inherited; then each made as much once more, and stands still. */
static void test_memory__loaded_by_each(void **state)
{
	static const fact lazy[3] = { PAGES(21), PAGES(20), PAGES(20) };
	static const fact unlike[3] = { PAGES(21), PAGES(9), PAGES(14) };
	static const fact little[3] = { PAGES(2), PAGES(2), PAGES(2) };
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;

	steps_begin(&c);
	look_at(&c, 0, PAGES(100), lazy);
	f = the_finding(&c, FINDING_LOADED_AFTER_FORK);
	assert_figure(f->value, 40 * FIXTURE_MIB);
	assert_int_equal(f->label, LABEL_UPPER_BOUND);
	assert_string_equal(f->text,
			    "each of 3 workers has made about as much memory after the fork, 20.0 MiB to "
			    "21.0 MiB: if each loads the same (lazy imports, a model, a cache), loading it "
			    "before the fork saves at most 40.0 MiB in all" ONCE);
	look_at(&c, 1, PAGES(100), unlike);
	assert_none(&c);
	look_at(&c, 2, PAGES(100), little);
	assert_none(&c);
	look_at(&c, 3, PAGES(1000), lazy);
	assert_none(&c);
}

/* Preloading is named where nothing tells that it is set: not its option, nor so much inherited that there was an
 * application, and that is as much as was made since. */
static void test_memory__preloaded_by_what_is_seen(void **state)
{
	static const char title[] = "gunicorn: master [app]", option[] = "/usr/bin/gunicorn --preload app";
	static const char longest[] = "[celeryd: celery@host:MainProcess] -active-";
	static const struct {
		const char *title;
		fact inherited, made;
		enum finding_kind kind;
		bool hint;
	} cases[] = {
		{ title, 50, 20, FINDING_LOADED_AFTER_FORK, true },
		{ title, 62, 63, FINDING_NOT_SHARING, true },
		{ title, 113, 62, FINDING_LOADED_AFTER_FORK, false },
		{ title, 113, 110, FINDING_LOADED_AFTER_FORK, false },
		{ title, 113, 230, FINDING_LOADED_AFTER_FORK, true },
		{ title, 70, 800, FINDING_NOT_SHARING, true },
		{ option, 50, 20, FINDING_LOADED_AFTER_FORK, false },
		{ option, 19, 62, FINDING_LOADED_AFTER_FORK, false },
		{ longest, 50, 20, FINDING_LOADED_AFTER_FORK, true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cleanup(steps_end) struct analysis_steps c;
		const struct finding *f;

		steps_begin(&c);
		steps_at(&c, 0);
		for (pid_t k = 0; k < 3; k++)
			worker(&c, 101 + k, -50, PAGES(cases[i].inherited), 0, PAGES(cases[i].made) + k);
		fixture_name(&c.s.procs[0], "master", cases[i].title);
		steps_look(&c);
		f = the_finding(&c, cases[i].kind);
		assert_int_equal(!!strstr(f->text, "reload") || !!strstr(f->text, "Celery: "), cases[i].hint);
		if (cases[i].kind == FINDING_LOADED_AFTER_FORK)
			assert_string_equal(f->text + strlen(f->text) - strlen(ONCE), ONCE);
	}
}

/* One of three leaks 1 MiB a second; named with its rate as long as it does, and no longer. */
static void test_memory__leak(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;
	int i;

	steps_begin(&c);
	for (i = 0; i < 7; i++) {
		look_at(&c, i, PAGES(50), (const fact[3]){ PAGES(3), PAGES(3 + i), PAGES(3) });
		assert_none(&c);
	}
	for (; i <= 40; i++)
		look_at(&c, i, PAGES(50), (const fact[3]){ PAGES(3), PAGES(3 + i), PAGES(3) });
	assert_true(has(&c, FINDING_WORKERS_DIFFER));
	f = the_growth(&c);
	assert_int_equal(f->pid, 102);
	assert_figure(f->value, 60 * FIXTURE_MIB);
	assert_string_equal(f->unit, "bytes/min");
	assert_int_equal(f->label, LABEL_EXACT);
	assert_string_equal(f->text,
			    "memory that was never shared only grows in 1 of 3 workers: 20.0 MiB in "
			    "the last 20s, to 43.0 MiB: a leak, or a cache that still fills; unlike copies, "
			    "which end where all is copied, it has no ceiling; at this pace the host's "
			    "memory lasts 1h08m");

	/* It has stopped: an eighth of the watch later nothing is said any more. */
	for (; i <= 48; i++)
		look_at(&c, i, PAGES(50), (const fact[3]){ PAGES(3), PAGES(43), PAGES(3) });
	assert_false(has(&c, FINDING_GROWTH));
	for (; i <= 2000; i++) {
		look_at(&c, i, PAGES(50), (const fact[3]){ PAGES(3), PAGES(43), PAGES(3) });
		assert_false(has(&c, FINDING_GROWTH));
	}

	/* Slowly again, in a long watch. */
	for (; i <= 10000; i++)
		look_at(&c, i, PAGES(50), (const fact[3]){ PAGES(3), PAGES(43) + (i - 2000) / 20, PAGES(3) });
	f = the_growth(&c);
	assert_non_null(strstr(f->text, "721.3 KiB/h in the last 1h23m"));
}

/* What is no growth: it breathes, flattens, came in one step, or falls. */
static void test_memory__no_growth(void **state)
{
	enum { SAW, FLAT, STEP, FALLS, STILL, SHAPES };
	int shape, i;

	for (shape = 0; shape < SHAPES; shape++) {
		cleanup(steps_end) struct analysis_steps c;

		steps_begin(&c);
		for (i = 0; i < 300; i++) {
			const fact at[SHAPES] = {
				[SAW] = PAGES(3 + i % 10),       [FLAT] = PAGES(4) - PAGES(4) / (1 + i),
				[STEP] = PAGES(i < 200 ? 3 : 9), [FALLS] = PAGES(400 - i) / 64,
				[STILL] = PAGES(5) + i % 3,
			};

			look_at(&c, i, PAGES(50), (const fact[3]){ at[shape], at[shape], at[shape] });
			if (i > 20 && has(&c, FINDING_GROWTH))
				fail_msg("shape %d at %d: %s", shape, i, c.snap.findings[0].text);
		}
	}
}

/* One look: by the ages of the workers; never where all have one age, or memory does not go with it. */
static void test_memory__growth_by_age(void **state)
{
	static const struct {
		double age[4];
		fact new[4];
		bool grows;
	} cases[] = {
		{ { 60, 300, 600, 1200 }, { PAGES(4), PAGES(16), PAGES(31), PAGES(61) }, true },
		{ { 600, 600, 600, 600 }, { PAGES(4), PAGES(16), PAGES(31), PAGES(61) }, false },
		{ { 5, 590, 600, 1200 }, { PAGES(4), PAGES(30), PAGES(31), PAGES(61) }, false },
		{ { 60, 1190, 1200, 1200 }, { PAGES(4), PAGES(61), PAGES(61), PAGES(61) }, false },
		{ { 60, 300, 600, 1200 }, { PAGES(4), PAGES(31), PAGES(16), PAGES(61) }, false },
		{ { 60, 300, 600, 1200 }, { PAGES(30), PAGES(31), PAGES(32), PAGES(33) }, false },
		{ { 60, 300, 600, 1200 }, { PAGES(4), PAGES(60), PAGES(61), PAGES(61) }, false },
	};
	size_t i, k;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cleanup(steps_end) struct analysis_steps c;

		steps_begin(&c);
		steps_at(&c, 0);
		for (k = 0; k < 4; k++)
			worker(&c, 101 + (pid_t)k, -cases[i].age[k], PAGES(200), 0, cases[i].new[k]);
		steps_look(&c);
		if (!cases[i].grows) {
			assert_false(has(&c, FINDING_GROWTH));
			continue;
		}
		assert_figure(the_growth(&c)->value, 4 * 3 * FIXTURE_MIB);
		assert_int_equal(the_growth(&c)->label, LABEL_ESTIMATE);
		assert_string_equal(
			the_growth(&c)->text,
			"the older a worker is, the more memory that was never "
			"shared it has: 4.0 MiB at 1m00s, 61.0 MiB at 20m00s, about 3.0 MiB/min: a "
			"leak, or a cache that still fills; a longer watch tells");
	}
}

/* One has far more of its own than the others of its age; a young one is no measure. */
static void test_memory__workers_differ(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct finding *f;

	steps_begin(&c);
	steps_at(&c, 0);
	worker(&c, 101, -50, PAGES(50), PAGES(1), PAGES(4));
	worker(&c, 102, -50, PAGES(50), PAGES(30), PAGES(10));
	worker(&c, 103, -50, PAGES(50), PAGES(1), PAGES(6));
	steps_look(&c);
	f = the_finding(&c, FINDING_WORKERS_DIFFER);
	assert_int_equal(f->pid, 102);
	assert_figure(f->value, 34 * FIXTURE_MIB);
	assert_string_equal(f->text,
			    "worker 2 (pid 102) has 40.0 MiB of its own, the other workers 6.0 MiB in the "
			    "median: 30.0 MiB of it is copied, the rest it made itself");

	steps_at(&c, 1);
	worker(&c, 101, -50, PAGES(50), PAGES(1), PAGES(4));
	worker(&c, 102, -50, PAGES(50), PAGES(8), PAGES(10));
	steps_look(&c);
	assert_none(&c);
	steps_at(&c, 2);
	worker(&c, 102, -50, PAGES(50), PAGES(30), PAGES(10));
	worker(&c, 104, -1, PAGES(50), PAGES(1), PAGES(4));
	steps_look(&c);
	assert_none(&c);
}

/* Figures of new memory where copies are a bound: what may be a copy is missing in them. */
static void test_memory__labels(void **state)
{
	static const fact loaded[6] = { PAGES(16), 0, PAGES(3), 0, PAGES(62), 100 };
	static const struct {
		enum exactness copies;
		enum label label;
		const char *words;
	} cases[] = {
		{ EXACTNESS_ESTIMATE, LABEL_ESTIMATE, "has made about 62.0 MiB for itself and has about 19" },
		{ EXACTNESS_UPPER_BOUND, LABEL_LOWER_BOUND,
		  "has made at least 62.0 MiB for itself and has at most 19" },
	};
	size_t i;

	for (i = 0; i < 2; i++) {
		cleanup(steps_end) struct analysis_steps c;

		steps_begin(&c);
		steps_at(&c, 0);
		fixture_add(&c.s, 101, -50, loaded)->exactness = cases[i].copies;
		fixture_add(&c.s, 102, -50, loaded)->exactness = cases[i].copies;
		steps_look(&c);
		assert_non_null(strstr(the_finding(&c, FINDING_NOT_SHARING)->text, cases[i].words));
		assert_int_equal(c.snap.findings[0].label, cases[i].label);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory__not_preloaded),
		cmocka_unit_test(test_memory__not_preloaded_or_grown),
		cmocka_unit_test(test_memory__preloaded_by_what_is_seen),
		cmocka_unit_test(test_memory__words_of_servers),
		cmocka_unit_test(test_memory__loaded_by_each),
		cmocka_unit_test(test_memory__leak),
		cmocka_unit_test(test_memory__no_growth),
		cmocka_unit_test(test_memory__growth_by_age),
		cmocka_unit_test(test_memory__workers_differ),
		cmocka_unit_test(test_memory__labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
