/* The page of a trial and its table in Markdown, of scenes with known truth. */
#include "lib/golden.h"
#include "lib/text_asserts.h"
#include "lib/trial_scene.h"
#include "sink/markdown.h"
#include "sink/trial.h"

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

static struct scene scene;

static void tell(const char *name, struct buf *html, struct buf *markdown)
{
	assert_true(scene_named(&scene, name));
	trial_html(html, &scene.trial);
	trial_markdown(markdown, &scene.trial);
	scene_release(&scene);
}

static void test_trial__golden(void **state)
{
	cleanup(buf_release) struct buf html = { 0 }, markdown = { 0 };

	tell("five", &html, &markdown);
	golden_check("trial.html", &html);
	golden_check("trial.md", &markdown);
}

/* Each section is closed, each variant has its line in both drawings, a row, an interval. */
static void test_trial__structure(void **state)
{
	cleanup(buf_release) struct buf html = { 0 }, markdown = { 0 };

	tell("five", &html, &markdown);
	assert_int_equal(count(&html, "<section>"), count(&html, "</section>"));
	assert_int_equal(count(&html, "<figure"), 2);
	assert_int_equal(count(&html, "</figure>"), 2);
	assert_int_equal(count(&html, "<svg"), count(&html, "</svg>"));
	assert_int_equal(count(&html, "<details>"), 6); /* one has not run */
	assert_int_equal(count(&html, "<tr class="), 8);
	assert_int_equal(count(&html, "class=\"v k0 d0\""), 2 * 2); /* a line, and its part of the legend */
	assert_int_equal(count(&html, "class=\"run k1 d1\""), 0);   /* thin lines have no dashes */
	assert_int_equal(count(&html, "class=\"run k0\""), 2 * 3);
	assert_int_equal(count(&html, "class=\"run k2\""), 2 * 3);
	assert_int_equal(count(&html, "class=\"zero\""), 7);
	assert_int_equal(count(&html, "class=\"ci good\""), 2);
	assert_int_equal(count(&html, "class=\"ci bad\""), 1);
	assert_int_equal(count(&html, "class=\"ci open\""), 3);
	assert_int_equal(count(&html, "http-equiv"), 1);
	assert_int_equal(count(&html, "url("), 0);
	assert_int_equal(count(&html, "nan"), 0);
	assert_int_equal(count(&html, "inf"), 0);
}

/* The best one stands on top of both, and what went wrong is in both. */
static void test_trial__says_what_counts(void **state)
{
	cleanup(buf_release) struct buf html = { 0 }, markdown = { 0 };

	tell("five", &html, &markdown);
	assert_has(&html, "<p class=\"lead\">gc.freeze is best: ");
	assert_has(&html, ">better, the best<");
	assert_has(&html, "<em class=\"void\">not applied</em>");
	assert_has(&html, "<em class=\"void\">failed</em>");
	assert_has(&html, "libjemalloc.so.2 is not there");
	assert_has(&html, "2 of 3 runs: the load ended with exit status 9");
	assert_int_equal(strncmp(markdown.data, "**gc.freeze is best: ", 21), 0);
	assert_has(&markdown, "| **better** |");
	assert_has(&markdown, "<code>malloc=jemalloc</code> **failed**: libjemalloc.so.2 is not there");
	assert_has(&markdown, "<code>gc.threshold=0</code> **not applied**: the collector has");
}

static void test_trial__one_run_has_no_intervals(void **state)
{
	cleanup(buf_release) struct buf html = { 0 }, markdown = { 0 };

	tell("single", &html, &markdown);
	assert_int_equal(count(&html, "class=\"ci "), 0);
	assert_int_equal(count(&html, "class=\"at "), 6);
	assert_int_equal(count(&html, "class=\"run "), 0);
	assert_has(&html, "--runs 3 gives intervals");
	assert_has(&html, ">cannot be told");
	assert_int_equal(count(&html, "better, the best"), 0);
	assert_int_equal(count(&markdown, "95 %"), 0);
}

/* Words and dashes instead of drawings, and no zero. */
static void test_trial__unknown(void **state)
{
	cleanup(buf_release) struct buf html = { 0 }, markdown = { 0 };

	tell("unknown", &html, &markdown);
	assert_int_equal(count(&html, "<figure"), 0);
	assert_int_equal(count(&html, "class=\"zero\""), 0);
	assert_has(&html, "is not known of the baseline and of a variant");
	assert_has(&html, "<strong>&ndash;</strong>");
	assert_int_equal(count(&html, "nan"), 0);
	assert_int_equal(count(&html, "0 B"), 0);
	assert_int_equal(count(&markdown, "0 B"), 0);
	assert_int_equal(count(&markdown, "Copied"), 0);
}

static void test_trial__hostile(void **state)
{
	cleanup(buf_release) struct buf html = { 0 }, markdown = { 0 };

	tell("hostile", &html, &markdown);
	assert_int_equal(count(&html, "<script"), 0);
	assert_int_equal(count(&html, "<img"), 0);
	assert_int_equal(count(&html, "</style>"), 1);
	assert_int_equal(count(&html, "</title>"), 1);
	assert_int_equal(count(&html, "\x1b"), 0);
	assert_true(count(&html, "&lt;script&gt;document.title=&#39;hit&#39;") >= 20);
	assert_int_equal(count(&markdown, "<script"), 0);
	assert_int_equal(count(&markdown, "<img"), 0);
	assert_int_equal(count(&markdown, "\x1b"), 0);
}

/* However many there are, and whatever their names: a comment takes it, and says what it lacks. */
static void test_trial__markdown_fits_a_comment(void **state)
{
	cleanup(buf_release) struct buf html = { 0 }, markdown = { 0 };

	tell("many", &html, &markdown);
	assert_true(markdown.len < MARKDOWN_COMMENT);
	assert_has(&markdown, " more variants have no room here.");
	assert_has(&markdown, "</details>");
	assert_int_equal(count(&html, "<tr class="), SCENE_MOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trial__golden),
		cmocka_unit_test(test_trial__structure),
		cmocka_unit_test(test_trial__says_what_counts),
		cmocka_unit_test(test_trial__one_run_has_no_intervals),
		cmocka_unit_test(test_trial__unknown),
		cmocka_unit_test(test_trial__hostile),
		cmocka_unit_test(test_trial__markdown_fits_a_comment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
