/*
 * The page map of the live view and of a report: cells of which a part was copied look like that part.
 */
#include "unit/tui_stage.h"
#include "sink/report.h"

#define HEAP 0x2000

/* A heap of which `copied` of each `grain` pages are copied, the others as they are: `kind`. */
#define PAGES 640000
static void heap(struct address_space *a, uint32_t grain, uint32_t copied, enum page_class kind)
{
	address_space_release(a);
	a->pid = 103;
	a->start_ticks = 100000000 - 7000 * 100;
	stage_add_region(a, HEAP << 12, (uint64_t)(HEAP + PAGES) << 12, REGION_HEAP, "[heap]",
			 (struct page_facts){ PAGES - PAGES / grain * copied, 0, PAGES / grain * copied, 0, 0,
					      0, 0 });
	for (uint32_t at = 0; at < PAGES; at += grain) {
		if (copied)
			stage_add_stretch(a, HEAP + at, copied, PAGE_CLASS_COW_BROKEN);
		if (copied < grain)
			stage_add_stretch(a, HEAP + at + copied, grain - copied, kind);
	}
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		n++;
	return n;
}

/* The rows of the map of such a heap, 120 columns wide. */
static const char *map(struct stage *st, struct buf *out, uint32_t grain, uint32_t copied,
		       enum page_class kind, bool ascii)
{
	const char *heads = ascii ? "+ - zoom\n" : "; + - zoom\n", *text;

	stage_day(st, 40, 120);
	heap(&st->space, grain, copied, kind);
	st->ui.ascii = ascii;
	stage_type(st, "p");
	stage_draw(st);
	text = strstr(stage_text(st, out), heads);
	assert_non_null(text);
	return text + strlen(heads);
}

static void test_map__cells_are_shaded(void **state)
{
	static const struct {
		uint32_t grain, copied;
		const char *glyph, *ascii, *share;
	} cases[] = {
		{ 100, 0, "░", ".", " 0%" },  { 100, 1, "▁", "1", " 1%" }, { 4, 1, "▂", "3", "25%" },
		{ 10, 5, "▄", "5", "50%" },   { 32, 21, "▅", "7", "66%" }, { 20, 19, "▇", "9", "95%" },
		{ 100, 99, "▇", "9", "99%" }, { 4, 4, "█", "#", "100%" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cleanup(stage_end) struct stage st, plain;
		cleanup(buf_release) struct buf out = { 0 }, ascii = { 0 };
		const char *text = map(&st, &out, cases[i].grain, cases[i].copied, PAGE_CLASS_SHARED, false);
		size_t rows = count(text, "heap ");

		/* 93 cells in a row, of 512 pages or so: not all of them have the same part */
		if (rows < 5 || count(text, cases[i].share) != rows)
			fail_msg("no %s in each row of\n%s", cases[i].share, text);
		if (count(text, cases[i].glyph) < (rows - 1) * 93 * 8 / 10)
			fail_msg("%s is not %s in\n%s", cases[i].share, cases[i].glyph, text);
		assert_true(cases[i].copied == cases[i].grain || !strstr(text, "█"));
		text = map(&plain, &ascii, cases[i].grain, cases[i].copied, PAGE_CLASS_SHARED, true);
		if (count(text, cases[i].ascii) < (rows - 1) * 93 * 8 / 10)
			fail_msg("%s is not %s in\n%s", cases[i].share, cases[i].ascii, text);
	}
}

/* What is new is no part of what was inherited. */
static void test_map__share_is_of_the_inherited(void **state)
{
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };
	const char *text = map(&st, &out, 10, 5, PAGE_CLASS_NEW, false);

	assert_non_null(strstr(text, "▄▄▄▄"));
	assert_non_null(strstr(text, "100%"));
	assert_null(strstr(text, " 50%"));
}

static void test_map__report(void **state)
{
	struct story s = { .page_size = 4096, .begin_ns = FIXTURE_BEGIN, .elapsed_s = 10 };
	cleanup(buf_release) struct buf none = { 0 }, part = { 0 }, all = { 0 };
	struct story_space space = { .at_s = 10, .role = ROLE_WORKER, .slot = 3 };

	s.spaces = &space;
	s.nspaces = 1;
	heap(&space.space, 25, 0, PAGE_CLASS_SHARED);
	report_html(&none, &s);
	assert_null(strstr(strstr(none.data, "Page map"), "class=\"cow\""));
	heap(&space.space, 25, 17, PAGE_CLASS_SHARED);
	report_html(&part, &s);
	/* of six from the foot four, on what is shared */
	assert_true(count(strstr(part.data, "Page map"), "height=\"4\"") >= 40);
	assert_non_null(strstr(part.data, "y=\"2\" width=\""));
	assert_non_null(strstr(part.data, "<td>68.0</td>"));
	assert_null(strstr(strstr(part.data, "Page map"), "<rect class=\"cow\" x=\"0\" y=\"0\""));
	heap(&space.space, 25, 25, PAGE_CLASS_SHARED);
	report_html(&all, &s);
	assert_non_null(strstr(all.data, "<rect class=\"cow\" x=\"0\" y=\"0\" width=\"960\" height=\"6\"/>"));
	assert_null(strstr(strstr(all.data, "Page map"), "class=\"shared\" x="));
	address_space_release(&space.space);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map__cells_are_shaded),
		cmocka_unit_test(test_map__share_is_of_the_inherited),
		cmocka_unit_test(test_map__report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
