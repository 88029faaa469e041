/* Call stacks in the story of a recording. */
#include "lib/short_story.h"
#include "lib/stacks_scene.h"
#include "lib/text_asserts.h"
#include "analysis/stack_report.h"
#include "sink/json_report.h"
#include "sink/report.h"

static void make(struct story *s, void (*scene)(struct stacks *s))
{
	short_story(s);
	if (!scene)
		return;
	s->stacks = xcalloc(1, sizeof(*s->stacks));
	scene(s->stacks);
	stack_report_make(s->stacks, &s->stack_report);
}

static void test_report__tells_stacks(void **state)
{
	cleanup(story_release) struct story s;
	cleanup(buf_release) struct buf text = { 0 }, html = { 0 }, json = { 0 };

	make(&s, scene_server);
	report_text(&text, &s, 80);
	assert_has(&text, "\nstacks     21676 pages copied in 10s");
	assert_has(&text, "collector ");
	assert_has(&text, "pages, 47.5 MiB, collector\n        gc_collect_main  (python3.11)\n");
	assert_has(&text, "and 3 more stacks");
	report_html(&html, &s);
	assert_has(&html, "<h2>Who broke the pages</h2>");
	assert_has(&html, "gc_collect_main");
	assert_lacks(&html, "<script");
	json_report(&json, &s, false);
	assert_has(&json, "\"stacks\":{\"schema\":\"cowtop.stacks/1\"");
}

static void test_report__without_stacks(void **state)
{
	cleanup(story_release) struct story s;
	cleanup(buf_release) struct buf text = { 0 }, html = { 0 }, json = { 0 };

	make(&s, NULL);
	report_text(&text, &s, 80);
	assert_lacks(&text, "stacks");
	report_html(&html, &s);
	assert_lacks(&html, "Who broke");
	json_report(&json, &s, false);
	assert_has(&json, "\"stacks\":null");
}

/* Names that try to get out of the page, or to do something to a terminal. */
static void test_report__hostile_names(void **state)
{
	cleanup(story_release) struct story s;
	cleanup(buf_release) struct buf text = { 0 }, html = { 0 };

	make(&s, scene_hostile);
	report_html(&html, &s);
	assert_lacks(&html, "<script");
	assert_lacks(&html, "]]>");
	assert_lacks(&html, "\"onload=");
	report_text(&text, &s, 80);
	for (size_t i = 0; i < text.len; i++)
		assert_true((unsigned char)text.data[i] >= 0x20 || text.data[i] == '\n');
}

/* Nothing was copied: no table, no picture. */
static void test_report__nothing_copied(void **state)
{
	cleanup(story_release) struct story s;
	cleanup(buf_release) struct buf html = { 0 };

	make(&s, NULL);
	s.stacks = xcalloc(1, sizeof(*s.stacks));
	scene_begin(s.stacks, 10);
	stack_report_make(s.stacks, &s.stack_report);
	report_html(&html, &s);
	assert_has(&html, "Who broke the pages");
	assert_lacks(&html, "class=\"flame\"");
	assert_lacks(&html, "nan");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_report__tells_stacks),
		cmocka_unit_test(test_report__without_stacks),
		cmocka_unit_test(test_report__hostile_names),
		cmocka_unit_test(test_report__nothing_copied),
	};

	return cmocka_run_group_tests_name("report_stacks", tests, NULL, NULL);
}
