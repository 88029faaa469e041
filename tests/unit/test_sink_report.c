#include "lib/golden.h"
#include "lib/eroding_pool.h"
#include "lib/plain_text.h"
#include "lib/text_asserts.h"
#include "lib/two_stories.h"
#include "analysis/story_curve.h"
#include "sink/compare.h"
#include "sink/json_report.h"
#include "sink/report.h"

static size_t count(const struct buf *b, const char *part)
{
	const char *at = b->data;
	size_t n = 0;

	while ((at = strstr(at, part))) {
		n++;
		at++;
	}
	return n;
}

static void add_space(struct story *s)
{
	s->spaces = xcalloc(1, sizeof(*s->spaces));
	s->nspaces = 1;
	s->spaces[0].at_s = s->elapsed_s;
	s->spaces[0].role = ROLE_WORKER;
	s->spaces[0].slot = 3;
	eroding_pool_space(&s->spaces[0].space);
}

static void test_report__golden(void **state)
{
	cleanup(story_release) struct story s = { 0 };
	cleanup(buf_release) struct buf text = { 0 }, html = { 0 };

	eroding_pool_story(&eroding_pool_ordinary, 1800, &s);
	add_space(&s);
	report_text(&text, &s, 80);
	assert_plain_text(&text);
	golden_check("report.txt", &text);
	report_html(&html, &s);
	golden_check("report.html", &html);
}

/* A pool whose every string tries to get out of the page, and whose marks do. */
static void tell_hostile(struct story *s)
{
	struct storyteller *t = story_begin();
	struct analysis *a = analysis_new();
	struct eroding_pool g = eroding_pool_ordinary;
	double second;

	for (second = 2600; second <= 2760; second += 10) {
		struct snapshot snap;
		struct sample sample;

		eroding_pool_sample(&g, second, &sample);
		eroding_pool_make_hostile(&sample);
		story_mark(t, sample.time_ns, hostile_text);
		analysis_next(a, &sample, &snap);
		if (snap.nevents)
			memcpy(snap.events[0].text, hostile_text, sizeof(hostile_text));
		if (snap.nfindings)
			memcpy(snap.findings[0].text, hostile_text, sizeof(hostile_text));
		story_add(t, &snap);
		snapshot_release(&snap);
		sample_release(&sample);
	}
	analysis_free(a);
	story_end(t, s);
	add_space(s);
	free(s->spaces[0].space.regions[0].name);
	s->spaces[0].space.regions[0].name = xstrdup(hostile_text);
}

static void test_report__hostile(void **state)
{
	cleanup(story_release) struct story s = { 0 };
	cleanup(buf_release) struct buf text = { 0 }, html = { 0 };

	tell_hostile(&s);
	report_text(&text, &s, 80);
	assert_has(&text, "\\x1b[31m\\xff");
	report_html(&html, &s);
	assert_int_equal(count(&html, "<script"), 0);
	assert_int_equal(count(&html, "<img"), 0);
	assert_int_equal(count(&html, "</style>"), 1);
	assert_int_equal(count(&html, "</title>"), 1);
	assert_int_equal(count(&html, "\x1b"), 0);
	assert_true(count(&html, "&lt;script&gt;document.title=&#39;hit&#39;") >= 17);
	golden_check("report-hostile.html", &html);
}

/* What is drawn for what is there. */
static void test_report__structure(void **state)
{
	cleanup(story_release) struct story s = { 0 };
	cleanup(buf_release) struct buf html = { 0 };

	eroding_pool_story(&eroding_pool_ordinary, 1800, &s);
	report_html(&html, &s);
	assert_int_equal(count(&html, "<svg"), 1 + 1 + 1 + 4);
	assert_int_equal(count(&html, "</svg>"), 7);
	assert_int_equal(count(&html, "<section>"), count(&html, "</section>"));
	assert_int_equal(count(&html, "<figure"), count(&html, "</figure>"));
	assert_int_equal(count(&html, "class=\"full\""), 1);
	assert_int_equal(count(&html, "class=\"fit\""), 1);
	assert_int_equal(count(&html, "class=\"ceiling\""), 1);
	assert_int_equal(count(&html, "class=\"badge\""), 3);
	assert_has(&html, "Content-Security-Policy");
	assert_has(&html, "prefers-color-scheme:dark");
	assert_int_equal(count(&html, "http"), 1); /* http-equiv */
	assert_int_equal(count(&html, "url("), 0);
	assert_int_equal(count(&html, "nan"), 0);
}

/* Nothing could be read, and nothing was recorded: words instead of drawings, and no zero. */
static void test_report__little(void **state)
{
	cleanup(story_release) struct story none = { 0 };
	cleanup(story_release) struct story s = { 0 };
	cleanup(buf_release) struct buf text = { 0 }, html = { 0 };
	struct storyteller *t = story_begin();
	struct analysis *a = analysis_new();
	struct eroding_pool g = eroding_pool_ordinary;
	struct snapshot snap;
	struct sample sample;

	g.collect = false;
	eroding_pool_sample(&g, 0, &sample);
	for (size_t i = 0; i < sample.nprocs; i++)
		fixture_hide_pages(&sample.procs[i], LEVEL_NONE);
	sample.footprint_pages = ABSENT;
	analysis_next(a, &sample, &snap);
	story_add(t, &snap);
	snapshot_release(&snap);
	sample_release(&sample);
	analysis_free(a);
	story_end(t, &s);
	report_text(&text, &s, 80);
	assert_plain_text(&text);
	golden_check("report-little.txt", &text);
	report_html(&html, &s);
	assert_has(&html, "could be read");
	assert_int_equal(count(&html, "0 B"), 0);

	story_end(story_begin(), &none);
	buf_reset(&text);
	buf_reset(&html);
	report_text(&text, &none, 80);
	report_html(&html, &none);
	assert_plain_text(&text);
}

/* What it says of these faults. */
static void assert_faults(const struct story_faults *faults, const char *says)
{
	cleanup(story_release) struct story s = { 0 };
	cleanup(buf_release) struct buf text = { 0 };

	eroding_pool_story(&eroding_pool_ordinary, -1, &s);
	s.faults = *faults;
	s.worker_s = 100;
	report_text(&text, &s, 200);
	assert_has(&text, says);
}

/* Parts are never more than the whole, also when more pages were seen than faults; none is none. */
static void test_report__faults(void **state)
{
	struct story_faults f = { .known_s = 100, .minor = 80, .cow = 90, .new = 2, .file = 8 };

	assert_faults(&f, "\nfaults     90.0% copies, 2.0% new, 8.0% file, 0.0% other of 80 minor "
			  "faults of the workers; 0 major\n");
	f = (struct story_faults){ .known_s = 100 };
	assert_faults(&f, "\nfaults     0 minor faults of the workers; 0 major\n");
	f.known_s = 50;
	assert_faults(&f,
		      "\nfaults     0 minor faults of the workers; 0 major; known for 50.0% of the time\n");
	f.known_s = 0;
	assert_faults(&f, "\nfaults     no minor fault that is known\n");
}

/* Redis during BGSAVE: the only child reads, the master copies, and the story is about the master. */
static void test_report__the_master_copies(void **state)
{
	static const struct eroding_pool bgsave = {
		.workers = 1,
		.seconds = 60,
		.interval = 1,
		.inherited = 20300,
		.rest = 20300,
		.writes = 5000,
	};
	cleanup(story_release) struct story s = { 0 };
	cleanup(buf_release) struct buf text = { 0 }, html = { 0 }, json = { 0 };

	eroding_pool_story(&bgsave, -1, &s);
	assert_true(story_master_matters(&s));
	report_text(&text, &s, 80);
	assert_plain_text(&text);
	assert_has(&text,
		   "\nlost       +19.5 MiB copied by the master, from 1.2 MiB to 20.7 MiB; half of it\n"
		   "           in the first 45s; ");
	assert_has(&text, "\n           +0 B copied by a worker on average, from 0 B to 0 B\n"
			  "           in all +19.5 MiB, from 1.2 MiB to 20.7 MiB; the footprint +19.5 MiB\n"
			  "           meanwhile\n");
	assert_has(&text, "100.0% copies, 0.0% new, 0.0% file, 0.0% other of 5000 minor faults\n"
			  "           of the master; 0 major\n");
	assert_has(&text, "\nthe master: . shared  o orphaned  # copied  + new\n");
	report_html(&html, &s);
	assert_has(&html, "<h2>The master</h2>");
	assert_has(&html, "The master</span><strong>+19.5 MiB</strong>");
	json_report(&json, &s, false);
	assert_has(&json,
		   "\"master_loss\":{\"cow_broken_bytes_first\":1228800,\"cow_broken_bytes_last\":21708800,"
		   "\"cow_broken_bytes_most\":21708800,\"half_s\":45,");
	assert_has(&json, "\"copied_bytes_first\":1228800,\"copied_bytes_last\":21708800");
}

/* When the child is gone nothing that the master copied is a copy any more: the report tells of before. */
static void test_report__the_child_of_the_master_ends(void **state)
{
	static const struct eroding_pool bgsave = {
		.workers = 1,
		.seconds = 60,
		.interval = 1,
		.inherited = 20300,
		.rest = 20300,
		.writes = 5000,
	};
	struct storyteller *t = story_begin();
	struct analysis *a = analysis_new();
	cleanup(story_release) struct story s = { 0 };
	int second;

	for (second = 0; second <= 62; second++) {
		cleanup(sample_release) struct sample one;
		cleanup(snapshot_release) struct snapshot snap = { 0 };

		eroding_pool_sample(&bgsave, fmin(second, 60), &one);
		one.mono_ns += (int64_t)(second - fmin(second, 60)) * 1000000000;
		if (second > 60) {
			proc_sample_release(&one.procs[1]);
			one.nprocs = 1;
			one.procs[0].pages.new += one.procs[0].pages.cow_broken;
			one.procs[0].pages.cow_broken = 0;
		}
		analysis_next(a, &one, &snap);
		story_add(t, &snap);
	}
	analysis_free(a);
	story_end(t, &s);
	assert_int_equal(s.workers_last, 0);
	assert_int_equal(s.master_loss.last_bytes, 5300 * FIXTURE_PAGE);
	assert_int_equal(s.copied_last, 5300 * FIXTURE_PAGE);
}

/* Two marks behind the last sample: listed, drawn nowhere. */
static void test_report__late_marks(void **state)
{
	cleanup(story_release) struct story s = { 0 };
	cleanup(buf_release) struct buf text = { 0 }, html = { 0 };
	char wide[1001] = "";

	memset(wide, 'm', 1000);
	eroding_pool_story(&eroding_pool_ordinary, 1800, &s);
	s.marks = xreallocarray(s.marks, 3, sizeof(*s.marks));
	s.marks[s.nmarks++] = (struct story_mark){ 5444, xstrdup("load ended") };
	s.marks[s.nmarks++] = (struct story_mark){ 5459, xstrdup(wide) };
	report_text(&text, &s, 80);
	assert_plain_text(&text);
	assert_has(&text, "\nmarks after the last sample\n  10:30:44 UTC load ended\n  10:30:59 UTC mmm");
	assert_has(&text, "mm+\n");
	report_html(&html, &s);
	assert_has(&html, "10:30:44 UTC</time> load ended (after the last sample)</li>");
	assert_int_equal(count(&html, "mmmm"), 997);
	assert_int_equal(count(&html, "class=\"badge\""), 3);
	assert_int_equal(count(&html, "class=\"mark\""), 3 + 4);
}

/* Copies of a burst in a quiet recording of 100 s, a sample each 10; `known_s` of the interval at 70 s. */
static void tell_burst(struct story *s, figure known_s)
{
	*s = (struct story){ .begin_ns = FIXTURE_BEGIN, .elapsed_s = 100, .samples = 11, .ninstants = 11 };
	s->instants = xcalloc(s->ninstants, sizeof(*s->instants));
	for (size_t i = 0; i < s->ninstants; i++) {
		struct story_instant *at = &s->instants[i];

		point_init(&at->mean);
		point_init(&at->master);
		at->at_s = 10 * (figure)i;
		at->workers = at->footprint = at->saved = at->copied = at->copied_least = UNKNOWN;
		at->mean.faults.known_s = i ? 10 : 0;
		if (i == 7)
			at->mean.faults.known_s = known_s;
		if (i == 3)
			at->mean.faults.minor = at->mean.faults.cow = 5000;
	}
}

/* A rate holds from the sample before to its own, with edges that stand upright, and not where it is not known. */
static void test_report__rates_are_steps(void **state)
{
	cleanup(story_release) struct story s = { 0 }, gap = { 0 }, part = { 0 };
	cleanup(buf_release) struct buf html = { 0 }, holed = { 0 }, partly = { 0 };

	tell_burst(&s, 10);
	report_html(&html, &s);
	/* of 4000 across and 1000 down, up to 600: 500 from 20 s to 30 s */
	assert_has(
		&html,
		"<path class=\"cow\" d=\"M0 1000V1000H400V1000H800V167H1200V1000H1600V1000H2000V1000H2400V1000H2800"
		"V1000H3200V1000H3600V1000H4000V1000H3600");
	tell_burst(&gap, 0);
	report_html(&holed, &gap);
	assert_has(&holed,
		   "V1000H2400V1000H2000V1000H1600V1000H1200V1000H800V1000H400V1000H0zM2800 1000V1000H3200");
	tell_burst(&part, 4);
	report_html(&partly, &part);
	assert_has(&partly, "V1000H0zM2640 1000V1000H2800V1000H3200");
}

/* A mark that another one followed before the next sample, and one at the last sample: no row, but told. */
static void test_report__bare_marks(void **state)
{
	cleanup(story_release) struct story s = { 0 };
	cleanup(buf_release) struct buf text = { 0 };

	eroding_pool_story(&eroding_pool_ordinary, 1800, &s);
	s.marks = xreallocarray(s.marks, s.nmarks + 2, sizeof(*s.marks));
	s.marks[s.nmarks++] = (struct story_mark){ 1801, xstrdup("first of two") };
	s.marks[s.nmarks++] = (struct story_mark){ s.elapsed_s, xstrdup("load ended") };
	report_text(&text, &s, 80);
	assert_plain_text(&text);
	assert_has(&text, "\nother marks, no sample up to the next one\n  09:30:01 UTC first of two\n"
			  "  10:30:00 UTC load ended\n");
}

/* Said in every form, and no verdict on what is another figure at another level. */
static void test_diff__levels(void **state)
{
	static const char said[] = "levels differ: exact in A, estimate in B; what is not the same at both "
				   "is not compared";
	cleanup(story_release) struct story a = { 0 };
	cleanup(story_release) struct story b = { 0 };
	cleanup(buf_release) struct buf text = { 0 }, html = { 0 }, json = { 0 };
	struct comparison c;

	eroding_pool_story(&eroding_pool_ordinary, 1800, &a);
	eroding_pool_story(&eroding_pool_ordinary, 1800, &b);
	b.level = LEVEL_ESTIMATE;
	compare_stories(&a, &b, &c);
	compare_text(&text, &c, "a", "b", 200);
	assert_has(&text, said);
	assert_int_equal(count(&text, "cannot be told"), 13);
	assert_has(&text, "the others are not the same at both levels.");
	compare_html(&html, &c, "a", "b");
	assert_has(&html, said);
	json_comparison(&json, &c, false);
	assert_has(&json, said);
	assert_has(&json, "\"diff\":{\"shared_bytes\":null");
	b.level = LEVEL_EXACT;
	compare_stories(&a, &b, &c);
	buf_reset(&json);
	json_comparison(&json, &c, false);
	assert_has(&json, "\"levels_differ\":null");
}

/* One line of what follows, in every form; and none where one side was not tried. */
static void test_diff__kernels(void **state)
{
	static const char said[] =
		"A and B were counted differently: without exclusive_flag in B late attach is "
		"an estimate, watched from the fork it is exact; without huge_copy_one in A "
		"one write copies all of a huge page, and all its pages count as copied";
	cleanup(story_release) struct story a = { 0 };
	cleanup(story_release) struct story b = { 0 };
	cleanup(buf_release) struct buf text = { 0 }, html = { 0 }, json = { 0 }, narrow = { 0 };
	struct comparison c;

	eroding_pool_story(&eroding_pool_ordinary, 1800, &a);
	eroding_pool_story(&eroding_pool_ordinary, 1800, &b);
	kernel_set(&a.properties, KERNEL_FLAG, true);
	kernel_set(&b.properties, KERNEL_FLAG, false);
	kernel_set(&a.properties, KERNEL_HUGE_COPY_ONE, false);
	kernel_set(&b.properties, KERNEL_HUGE_COPY_ONE, true);
	compare_stories(&a, &b, &c);
	compare_text(&text, &c, "a", "b", 300);
	assert_has(&text, said);
	compare_text(&narrow, &c, "a", "b", 80);
	assert_plain_text(&narrow);
	compare_html(&html, &c, "a", "b");
	assert_has(&html, said);
	json_comparison(&json, &c, false);
	assert_has(&json, said);
	assert_has(&json, "\"exclusive_flag\":false,");
	b.properties = (struct kernel_facts){ 0 };
	buf_reset(&text);
	buf_reset(&json);
	compare_text(&text, &c, "a", "b", 300);
	json_comparison(&json, &c, false);
	assert_int_equal(count(&text, "counted differently"), 0);
	assert_has(&json, "\"kernels_differ\":null");
}

static void test_diff__golden(void **state)
{
	struct eroding_pool g = eroding_pool_ordinary;
	cleanup(story_release) struct story a = { 0 };
	cleanup(story_release) struct story b = { 0 };
	cleanup(buf_release) struct buf text = { 0 }, html = { 0 }, hostile_html = { 0 };
	struct comparison c;

	eroding_pool_story(&g, 1800, &a);
	g.rest = 20000;
	g.collect = false;
	eroding_pool_story(&g, 1800, &b);
	compare_stories(&a, &b, &c);
	compare_text(&text, &c, "ordinary.cow", "better.cow", 80);
	assert_plain_text(&text);
	golden_check("report-diff.txt", &text);
	compare_html(&html, &c, "ordinary.cow", "better.cow");
	golden_check("report-diff.html", &html);
	assert_int_equal(count(&html, "<svg"), 3);
	compare_html(&hostile_html, &c, hostile_text, hostile_text);
	assert_int_equal(count(&hostile_html, "<script"), 0);
}

/* The documents are JSON with these keys, and what is not known is null. */
static void test_json__report(void **state)
{
	cleanup(story_release) struct story s = { 0 };
	cleanup(story_release) struct story none = { 0 };
	cleanup(buf_release) struct buf out = { 0 }, diff = { 0 };
	struct comparison c;

	eroding_pool_story(&eroding_pool_ordinary, 1800, &s);
	json_report(&out, &s, true);
	assert_has(&out, "\"schema\":\t\"cowtop.report/1\"");
	assert_has(&out, "\"prefork_bytes\":\t114688000");
	assert_has(&out, "\"mark\":\t\"deploy\"");
	assert_has(&out, "\"unknown_because\":\tnull");
	assert_int_equal(count(&out, "nan"), 0);
	story_end(story_begin(), &none);
	compare_stories(&s, &none, &c);
	json_comparison(&diff, &c, false);
	assert_has(&diff, "\"schema\":\"cowtop.diff/1\"");
	assert_has(&diff, "\"diff\":{\"shared_bytes\":null");
	assert_has(&diff, "\"verdict\":\"unknown\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_report__golden),
		cmocka_unit_test(test_report__hostile),
		cmocka_unit_test(test_report__structure),
		cmocka_unit_test(test_report__little),
		cmocka_unit_test(test_report__faults),
		cmocka_unit_test(test_report__the_master_copies),
		cmocka_unit_test(test_report__the_child_of_the_master_ends),
		cmocka_unit_test(test_report__late_marks),
		cmocka_unit_test(test_report__bare_marks),
		cmocka_unit_test(test_report__rates_are_steps),
		cmocka_unit_test(test_diff__golden),
		cmocka_unit_test(test_diff__levels),
		cmocka_unit_test(test_diff__kernels),
		cmocka_unit_test(test_json__report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
