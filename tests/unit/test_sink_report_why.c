/* Why pages were copied in the story of a recording. */
#include "lib/golden.h"
#include "lib/scene.h"
#include "lib/short_story.h"
#include "lib/text_asserts.h"
#include "lib/why_made.h"
#include "sink/json_report.h"
#include "sink/report.h"

static void make(struct story *s, const struct why_worker *kinds, size_t n)
{
	cleanup(scene_end) struct scene c = { 0 };

	short_story(s);
	if (!n)
		return;
	scene_day(&c);
	why_made(&c.snap, kinds, n);
	s->why = c.snap.why;
	c.snap.why = NULL;
}

static void test_report__tells_why(void **state)
{
	const struct why_worker kinds[] = { why_made_young(0), why_made_old() };
	cleanup(story_release) struct story s;
	cleanup(buf_release) struct buf text = { 0 }, html = { 0 }, json = { 0 };

	make(&s, kinds, 1);
	report_text(&text, &s, 100);
	assert_has(&text, "copied 61.6 of 89.5 MiB inherited, 58.9 of it as the master's");
	assert_has(&text,
		   "~16.3  26%  14.2..18.4  collector alone: gc.freeze() before the fork gives this back\n");
	assert_has(&text,
		   "~10.6  17%  8.5..12.7   collector first, references after: freezing does not help\n");
	assert_has(&text, "\nrests on   ");
	assert_has(&text, "\nwhat helps:\n  1 gc.freeze() before the fork gives back about 16.3 MiB");
	for (const char *line = text.data; *line; line = strchr(line, '\n') + 1)
		assert_true(strcspn(line, "\n") <= 100);
	report_html(&html, &s);
	assert_has(&html, "<h2>Why pages were copied</h2>");
	assert_has(&html, "<td>~16.3</td><td>26%</td><td>14.2..18.4</td>");
	assert_has(&html, "<h3>What helps</h3>");
	assert_has(
		&html,
		"<br><code>in gunicorn&#39;s configuration: def pre_fork(server, worker): gc.freeze()</code>");
	assert_has(&html, "<h3>What does not</h3>\n<ul class=\"findings\">\n<li>malloc_trim() gives nothing");
	assert_lacks(&html, "<script");
	json_report(&json, &s, false);
	assert_has(&json, "\"why\":{\"basis\":\"young\"");
	assert_has(&json, "\"freeze_gain_bytes\":17091788");
}

/* Bounds are no figures: they have no part of the whole, and nothing is given back "about". */
static void test_report__tells_bounds(void **state)
{
	const struct why_worker kinds[] = { why_made_old() };
	cleanup(story_release) struct story s;
	cleanup(buf_release) struct buf text = { 0 }, html = { 0 };

	make(&s, kinds, 1);
	report_text(&text, &s, 80);
	assert_has(&text, "<29.4       0.0..29.4  collector alone\n");
	assert_has(&text, "gives back between 0.0 and 29.4 MiB a worker");
	assert_lacks(&text, "about");
	report_html(&html, &s);
	assert_has(&html, "&lt;29.4");
	assert_lacks(&html, "nan");
}

static void test_report__without_why(void **state)
{
	cleanup(story_release) struct story s;
	cleanup(buf_release) struct buf text = { 0 }, html = { 0 }, json = { 0 };

	make(&s, NULL, 0);
	report_text(&text, &s, 80);
	assert_lacks(&text, "\nwhy ");
	report_html(&html, &s);
	assert_lacks(&html, "Why pages");
	json_report(&json, &s, false);
	assert_has(&json, "\"why\":null");
}

/* Nothing can be said: the reason is said, cleaned. */
static void test_report__nothing_can_be_said(void **state)
{
	struct why_worker none = { .basis = WHY_NONE,
				   .copied = NAN,
				   .inherited = NAN,
				   .identical = NAN,
				   .at_risk = NAN,
				   .control = NAN,
				   .first_at = NAN,
				   .reason = "<b>no\x1b[31m" };
	cleanup(story_release) struct story s;
	cleanup(buf_release) struct buf text = { 0 }, html = { 0 };

	for (size_t i = 0; i < WHY_CAUSES; i++)
		none.causes[i] = WHY_UNKNOWN;
	make(&s, &none, 1);
	report_text(&text, &s, 80);
	assert_has(&text, "\nrests on   <b>no");
	assert_lacks(&text, "collector alone");
	assert_null(memchr(text.data, 0x1b, text.len));
	report_html(&html, &s);
	assert_has(&html, "Rests on: &lt;b&gt;no");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_report__tells_why),
		cmocka_unit_test(test_report__tells_bounds),
		cmocka_unit_test(test_report__without_why),
		cmocka_unit_test(test_report__nothing_can_be_said),
	};

	return cmocka_run_group_tests_name("report_why", tests, NULL, NULL);
}
