/*
 * The story of a recording: its pool, its processes, their faults and collections.
 */
#include "lib/story_asserts.h"

static void test_story__pool_and_ceiling(void **state)
{
	cleanup(story_release) struct story s = { 0 };

	eroding_pool_story(&eroding_pool_ordinary, -1, &s);
	assert_int_equal(s.samples, 1081);
	assert_figure(s.elapsed_s, 5400);
	assert_string_equal(s.command, "gunicorn");
	assert_int_equal(s.master_pid, 100);
	assert_int_equal(s.level, LEVEL_EXACT);
	assert_figure(s.workers_last, 4);
	assert_figure(s.prefork_bytes, pages(28000));
	assert_figure(s.footprint_last, pages(45000 + 4 * 8100));
	assert_near(s.cost_s, 1081 * 0.0125, 1e-6);
	assert_int_equal(s.nprocesses, 5);
	assert_int_equal(s.processes[0].role, ROLE_MASTER);
	assert_int_equal(s.nintervals, 0);
}

/* A first collection that copies what there is to copy, and later ones of what is left: no mean of both. */
static void test_story__first_and_later_collections(void **state)
{
	static const fact made[] = { 2, 2, 3, 3, 4, 6 }, copied[] = { 0, 5, 17605, 17610, 17640, 17700 };
	const fact master[6] = { 20000, 0, 0, 0, 100, 100 };
	cleanup(story_release) struct story s = { 0 };
	struct storyteller *t = story_begin();
	struct analysis *a = analysis_new();

	for (size_t i = 0; i < 6; i++) {
		struct sample sample;

		fixture_begin(&sample, (double)i);
		fixture_add(&sample, 100, -60, master);
		for (pid_t pid = 101; pid <= 102; pid++) {
			const fact pages[6] = { 20000 - copied[i], 0, copied[i], 0, 100, 100 };
			struct proc_sample *p = fixture_add(&sample, pid, -50, pages);

			p->growth = (struct growth_facts){ copied[i], 0, 0, ABSENT, ABSENT, ABSENT };
			p->minflt = copied[i];
			fixture_gc(p, 1, 700, 0)->collections[2] = made[i];
		}
		eroding_pool_next(t, a, &sample);
	}
	analysis_free(a);
	story_end(t, &s);
	assert_figure(s.full_collections, 8);
	assert_figure(s.first_full_bytes.mean, pages(17600));
	assert_figure(s.first_full_bytes.n, 2);
	assert_figure(s.later_full, 6);
	assert_near(s.later_full_bytes.mean, pages(30), 1);
	assert_near(worker(&s, 101)->later_full_bytes, pages(30), 1);
}

/* New memory comes at 1.5 pages a second, the rest of private memory is copied. */
static void test_story__growth(void **state)
{
	struct eroding_pool g = eroding_pool_ordinary;
	cleanup(story_release) struct story s = { 0 };

	g.collect = false;
	g.half_life = 0;
	eroding_pool_story(&g, -1, &s);
	assert_near(worker(&s, 102)->growth_per_min, pages(90), pages(1) / 10);
	assert_near(worker(&s, 100)->growth_per_min, 0, 1);
}

static void test_story__collections(void **state)
{
	struct eroding_pool g = eroding_pool_ordinary;
	cleanup(story_release) struct story s = { 0 };

	g.half_life = 0;
	eroding_pool_story(&g, -1, &s);
	assert_figure(s.full_collections, 1);
	assert_figure(s.bytes_per_full_collection.mean, pages(4200));
	assert_unknown(s.bytes_per_full_collection.deviation);
	assert_figure(worker(&s, 103)->full_collections, 1);
	assert_figure(worker(&s, 103)->bytes_per_full_collection, pages(4200));
	assert_figure(worker(&s, 103)->first_full_bytes, pages(4200));
	assert_unknown(worker(&s, 103)->later_full_bytes);
	assert_figure(s.first_full_bytes.n, 1);
	assert_figure(worker(&s, 101)->full_collections, 0);
	assert_unknown(worker(&s, 101)->bytes_per_full_collection);
	assert_near(s.loss.step_bytes, pages(1050), 1);
	assert_figure(s.loss.step_full, 1);
	assert_true(s.loss.step_from_s < 2700 && s.loss.step_to_s >= 2700);
	assert_int_equal(s.event_counts[EVENT_GC_COLLECTED], 1);
	assert_int_equal(s.event_counts[EVENT_GC_SETTINGS_CHANGED], 1);
	assert_int_equal(s.nfindings, 2);
	assert_int_equal(s.findings[0].kind, FINDING_GROWTH);
	assert_int_equal(s.findings[1].kind, FINDING_REENABLED);
}

/* Samples without the number, and without the collector, in between and at the end: what was seen is
 * counted, that of a gap by the first sample behind it. */
static void test_story__collections_with_gaps(void **state)
{
	static const fact ledger[6] = { 700, 40, 260, 8, 92, 100 };
	struct storyteller *t = story_begin();
	struct analysis *a = analysis_new();
	cleanup(story_release) struct story s = { 0 };
	int second;

	for (second = 0; second <= 20; second++) {
		struct sample sample;

		fixture_begin(&sample, second);
		fixture_add(&sample, 100, -60, ledger);
		fixture_add(&sample, 101, -50, ledger);
		fixture_add(&sample, 102, -50, ledger);
		/* One every four seconds; not known at first, from 6 to 9, and from 17 on. */
		if ((second > 1 && second < 6) || (second > 9 && second < 17))
			fixture_gc(&sample.procs[1], 1, 700, 0)->collections[2] = second / 4;
		eroding_pool_next(t, a, &sample);
	}
	analysis_free(a);
	story_end(t, &s);
	assert_figure(worker(&s, 101)->full_collections, 4);
	assert_figure(worker(&s, 101)->full_known_s, 14);
	assert_unknown(worker(&s, 102)->full_collections);
	assert_unknown(worker(&s, 100)->full_collections);
	assert_figure(s.full_collections, 4);
}

/* The parts make the whole, also after the axis was halved again and again. */
static void test_story__faults_add_up(void **state)
{
	struct eroding_pool g = eroding_pool_ordinary;
	cleanup(story_release) struct story s = { 0 };
	struct story_faults sum = { 0 };
	size_t i;

	g.interval = 0.5;
	g.seconds = 2000;
	eroding_pool_story(&g, -1, &s);
	assert_true(s.samples > 3 * STORY_POINTS);
	assert_true(s.ninstants <= STORY_POINTS && s.ninstants > STORY_POINTS / 4);
	for (i = 0; i < s.ninstants; i++) {
		sum.known_s += s.instants[i].mean.faults.known_s;
		sum.minor += s.instants[i].mean.faults.minor;
		assert_true(!i || s.instants[i].at_s > s.instants[i - 1].at_s);
	}
	assert_near(s.faults.known_s, s.worker_s, 1e-6);
	assert_near(sum.known_s, 2000, 1e-6);
	assert_near(sum.minor, s.faults.minor, 1);
	assert_near(s.faults.cow + s.faults.new + s.faults.file + story_other(&s.faults), s.faults.minor, 1);
	assert_near(story_other(&s.faults), 4 * 2000, 1);
	assert_near(s.faults.minor, 4 * (28000 - eroding_pool_shared(&g, 2000) + 3000 + 2000) + 4200, 8);
}

static void test_story__halved_curves_keep_their_place(void **state)
{
	struct eroding_pool g = eroding_pool_ordinary;
	cleanup(story_release) struct story s = { 0 };
	size_t i, k;

	g.interval = 1;
	g.collect = false;
	eroding_pool_story(&g, -1, &s);
	for (i = 0; i < s.nprocesses; i++) {
		const struct story_process *p = &s.processes[i];

		assert_int_equal(p->from + p->npoints, s.ninstants);
		for (k = 0; p->role == ROLE_WORKER && k < p->npoints; k++)
			assert_figure(p->points[k].shared,
				      pages(eroding_pool_shared(&g, s.instants[p->from + k].at_s)));
	}
}

/* Many more workers than are followed come and go: memory stays, the living ones are there. */
static void test_story__workers_come_and_go(void **state)
{
	static const fact ledger[6] = { 700, 40, 260, 8, 92, 100 };
	struct storyteller *t = story_begin();
	struct analysis *a = analysis_new();
	cleanup(story_release) struct story s = { 0 };
	int second, i;

	for (second = 0; second < 400; second++) {
		struct sample sample;

		fixture_begin(&sample, second);
		fixture_add(&sample, 100, -60, ledger);
		for (i = 0; i < 3; i++)
			fixture_add(&sample, 1000 + second + i, second + i - 2.5, ledger);
		eroding_pool_next(t, a, &sample);
	}
	analysis_free(a);
	story_end(t, &s);
	assert_int_equal(s.nprocesses, STORY_PROCESSES);
	assert_int_equal(s.unfollowed, 403 - STORY_PROCESSES);
	assert_int_equal(s.event_counts[EVENT_WORKER_EXITED], 399);
	assert_int_equal(s.nevents, STORY_EVENTS);
	assert_int_equal(s.events_early, STORY_EVENTS / 2);
	assert_true(worker(&s, 1401)->at_end);
	assert_false(worker(&s, 1390)->at_end);
}

static void test_story__unknown_stays_unknown(void **state)
{
	struct storyteller *t = story_begin();
	struct analysis *a = analysis_new();
	cleanup(story_release) struct story s = { 0 };
	int second;

	for (second = 0; second < 20; second++) {
		static const fact none[6];
		struct sample sample;

		fixture_begin(&sample, second);
		fixture_hide_pages(fixture_add(&sample, 100, -60, none), LEVEL_NONE);
		fixture_hide_pages(fixture_add(&sample, 101, -50, none), LEVEL_NONE);
		sample.footprint_pages = ABSENT;
		proc_sample_gap(&sample.procs[1], "pagemap", EACCES, "CAP_SYS_PTRACE");
		eroding_pool_next(t, a, &sample);
	}
	analysis_free(a);
	story_end(t, &s);
	assert_unknown(s.prefork_bytes);
	assert_unknown(s.loss.last_bytes);
	assert_unknown(s.loss.half_s);
	assert_unknown(s.erosion.half_life_s);
	assert_string_equal(s.erosion.why, "shared pages are not known");
	assert_unknown(s.full_collections);
	assert_unknown(s.footprint_last);
	assert_unknown(worker(&s, 101)->growth_per_min);
	assert_figure(s.faults.known_s, 0);
	assert_string_equal(s.missing, "pagemap, needs CAP_SYS_PTRACE");
}

static void test_story__nothing(void **state)
{
	cleanup(story_release) struct story s = { 0 };

	story_end(story_begin(), &s);
	assert_int_equal(s.samples, 0);
	assert_unknown(s.erosion.half_life_s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_story__pool_and_ceiling),
		cmocka_unit_test(test_story__growth),
		cmocka_unit_test(test_story__collections),
		cmocka_unit_test(test_story__first_and_later_collections),
		cmocka_unit_test(test_story__collections_with_gaps),
		cmocka_unit_test(test_story__faults_add_up),
		cmocka_unit_test(test_story__halved_curves_keep_their_place),
		cmocka_unit_test(test_story__workers_come_and_go),
		cmocka_unit_test(test_story__unknown_stays_unknown),
		cmocka_unit_test(test_story__nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
