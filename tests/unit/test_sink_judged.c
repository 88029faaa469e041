/* What a gate judged, in the forms that systems that build and test read. */
#include "lib/golden.h"
#include "lib/judged_made.h"
#include "lib/text_asserts.h"
#include "sink/ci_figures.h"
#include "sink/ci_github.h"
#include "sink/judged_markdown.h"
#include "sink/junit.h"

static const char hostile[] = "a\033[31m<b>&\"'|`%#\n::error::x,y \xff</testcase>]]>\\";

static void assert_golden(void (*render)(struct buf *out, const struct judged *j), const char *name)
{
	cleanup(judged_release) struct judged j = { 0 };
	cleanup(buf_release) struct buf out = { 0 };

	made_judged(&j);
	render(&out, &j);
	golden_check(name, &out);
}

static void test_judged__golden(void **state)
{
	assert_golden(junit_judged, "judged.xml");
	assert_golden(judged_markdown, "judged.md");
	assert_golden(ci_metrics, "judged.metrics");
	assert_golden(ci_benchmark, "judged.benchmark");
	assert_golden(github_annotations, "judged.github");
}

static size_t count(const struct buf *b, const char *part)
{
	size_t n = 0;

	for (const char *at = b->data; (at = strstr(at, part)); at++)
		n++;
	return n;
}

/* Names and texts that try to get out of every form. */
static void test_judged__hostile(void **state)
{
	cleanup(judged_release) struct judged j = { 0 };
	cleanup(buf_release) struct buf xml = { 0 }, text = { 0 }, metrics = { 0 }, github = { 0 },
					json = { 0 };
	struct standing s = made_standing(1, 2, 3);

	made_check(judged_add_pool(&j, hostile), JUDGED_FAILED, hostile, hostile, 1);
	judged_add_series(&j, hostile, &s);
	judged_add_series(&j, "other", &s);
	junit_judged(&xml, &j);
	assert_int_equal(count(&xml, "</testcase>"), 1);
	assert_int_equal(count(&xml, "<b>"), 0);
	github_annotations(&github, &j);
	assert_int_equal(count(&github, "\n"), 1);
	assert_has(&github, "%25#\\n%3A%3Aerror%3A%3Ax%2Cy");
	judged_markdown(&text, &j);
	assert_lacks(&text, "<b>");
	ci_metrics(&metrics, &j);
	assert_has(&metrics, "_footprint_mebibytes{pool=\"a\\\\x1b[31m<b>&\\\"'|`%_\\\\n::error");
	assert_int_equal(count(&metrics, "pool=\"other\""), 3);
	ci_benchmark(&json, &j);
	assert_has(&json, "other: what the pool costs at the end");
	for (const char *at = "\033\xff"; *at; at++) {
		assert_null(strchr(xml.data, *at));
		assert_null(strchr(text.data, *at));
		assert_null(strchr(metrics.data, *at));
		assert_null(strchr(github.data, *at));
		assert_null(strchr(json.data, *at));
	}
}

/* What failed before what is an error, the farthest beyond its limit first; then what is nearest to failing. */
static void test_judged__worst_first(void **state)
{
	static const char *const wanted[] = { "f2", "f1", "f0", "fu", "e1", "e2", "p1", "p3", "p2", "s" };
	cleanup(judged_release) struct judged j = { 0 };
	cleanup_free struct judged_line *lines = NULL;
	struct judged_pool *p = judged_add_pool(&j, "a");

	made_check(p, JUDGED_SKIPPED, "s", "", UNKNOWN);
	made_check(p, JUDGED_PASSED, "p2", "", UNKNOWN);
	made_check(p, JUDGED_PASSED, "p3", "", -0.9);
	made_check(p, JUDGED_ERROR, "e1", "", UNKNOWN);
	made_check(p, JUDGED_FAILED, "fu", "", UNKNOWN);
	made_check(p, JUDGED_FAILED, "f0", "", 0);
	p = judged_add_pool(&j, "b");
	made_check(p, JUDGED_PASSED, "p1", "", -0.1);
	made_check(p, JUDGED_FAILED, "f1", "", 2);
	made_check(p, JUDGED_FAILED, "f2", "", INFINITY);
	made_check(p, JUDGED_ERROR, "e2", "", UNKNOWN);
	assert_int_equal(judged_worst_first(&j, &lines), sizeof(wanted) / sizeof(*wanted));
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		assert_string_equal(lines[i].check->name, wanted[i]);
	assert_string_equal(lines[0].pool->name, "b");
}

/* GitHub drops what is more than ten, without a word. */
static void test_judged__ten_annotations(void **state)
{
	cleanup(judged_release) struct judged j = { 0 };
	cleanup(buf_release) struct buf out = { 0 };
	struct judged_pool *p = judged_add_pool(&j, "a");
	char name[16];

	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "r%02d", i);
		made_check(p, JUDGED_FAILED, name, "x", i);
	}
	github_annotations(&out, &j);
	assert_int_equal(count(&out, "::error title="), 10);
	assert_lacks(&out, "others");
	made_check(p, JUDGED_FAILED, "r10", "x", 10);
	buf_reset(&out);
	github_annotations(&out, &j);
	assert_int_equal(count(&out, "::error title="), 10);
	assert_int_equal(strncmp(out.data, "::error title=cowtop%3A a%3A r10::x\n", 35), 0);
	assert_has(&out, "::and 2 others");
}

/* A thousand checks stay a comment. */
static void test_judged__markdown_has_an_end(void **state)
{
	cleanup(judged_release) struct judged j = { 0 };
	cleanup(buf_release) struct buf out = { 0 };
	struct judged_pool *p = judged_add_pool(&j, "a");
	struct standing s = made_standing(1, 2, 3);

	for (int i = 0; i < 1000; i++)
		made_check(p, JUDGED_FAILED, "worker.cow_broken_ratio > 10%",
			   "worker 505: copied 12.3 % of the inherited (limit 10 %), 4 of 4 workers", 1);
	judged_add_series(&j, NULL, &s);
	judged_markdown(&out, &j);
	assert_true(out.len < 65536);
	assert_has(&out, " more.\n");
	assert_has(&out, "| what the pool costs at the end | 3.0 MiB |");
}

/* Half a MiB, a percent: what moves less is no change for who compares texts. */
static void test_judged__metrics_are_rounded(void **state)
{
	cleanup(judged_release) struct judged j = { 0 };
	cleanup(buf_release) struct buf a = { 0 }, b = { 0 };
	struct standing s = made_standing(12.3, 20.1, 400.1);

	made_mean(&s, "cow_broken_ratio", 0.2004);
	judged_add_series(&j, NULL, &s);
	ci_metrics(&a, &j);
	assert_has(&a, "\ncowtop_worker_cow_broken_mebibytes 12.5\n");
	assert_has(&a, "\ncowtop_worker_cow_broken_percent 20\n");
	assert_has(&a, "\ncowtop_pool_footprint_mebibytes 400\n");
	assert_lacks(&a, "saved");
	judged_release(&j);
	s = made_standing(12.7, 20.2, 399.8);
	made_mean(&s, "cow_broken_ratio", 0.1996);
	judged_add_series(&j, NULL, &s);
	ci_metrics(&b, &j);
	assert_string_equal(a.data, b.data);
}

/* What runs differ by, or the bounds of one. */
static void test_judged__benchmark_has_ranges(void **state)
{
	cleanup(judged_release) struct judged j = { 0 };
	cleanup(buf_release) struct buf out = { 0 };
	struct standing s = made_standing(12, 20, 400);

	made_noise(&s, 3, FIXTURE_MIB);
	judged_add_series(&j, NULL, &s);
	ci_benchmark(&out, &j);
	assert_has(&out, "\"range\":\t\"\302\261 4.30\"");
	assert_lacks(&out, "shared");
	judged_release(&j);
	buf_reset(&out);
	s = made_standing(12, 20, 400);
	s.means[ROW(cow_broken_bytes)] = measure_make(12 * FIXTURE_MIB, 10 * FIXTURE_MIB, false);
	judged_add_series(&j, NULL, &s);
	ci_benchmark(&out, &j);
	assert_has(&out, "\"range\":\t\"10.00 to 12.00\"");
	assert_has(&out, "cow_broken_bytes, upper_bound");
}

/* Nothing was judged, and nothing is known. */
static void test_judged__nothing(void **state)
{
	struct judged j = { 0 };
	cleanup(buf_release) struct buf out = { 0 };

	junit_judged(&out, &j);
	judged_markdown(&out, &j);
	ci_metrics(&out, &j);
	ci_benchmark(&out, &j);
	assert_has(&out, "</testsuites>\n### cowtop: passed\n");
	assert_has(&out, "# EOF\n[]\n");
	buf_reset(&out);
	github_annotations(&out, &j);
	assert_int_equal(out.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judged__golden),
		cmocka_unit_test(test_judged__hostile),
		cmocka_unit_test(test_judged__worst_first),
		cmocka_unit_test(test_judged__ten_annotations),
		cmocka_unit_test(test_judged__markdown_has_an_end),
		cmocka_unit_test(test_judged__metrics_are_rounded),
		cmocka_unit_test(test_judged__benchmark_has_ranges),
		cmocka_unit_test(test_judged__nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
