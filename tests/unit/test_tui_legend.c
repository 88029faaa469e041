#include "unit/tui_stage.h"
#include "tui/column.h"
#include "tui/legend.h"

static const struct legend *find(const char *place, const char *begins)
{
	const struct legend *l, *best = NULL;

	for (l = legend; l < legend + nlegend; l++) {
		if (!strcmp(l->place, place) && *l->name && !strncmp(begins, l->name, strlen(l->name)) &&
		    (!best || strlen(l->name) > strlen(best->name)))
			best = l;
	}
	return best;
}

/* "3 workers on 700,10,10" is looked for as "N workers on ...". */
static void check_item(const char *place, const char *item)
{
	char text[256];
	size_t digits = strspn(item, "0123456789");

	if (digits && !strncmp(item + digits, " worker on", 10))
		snprintf(text, sizeof(text), "N workers%s", item + digits + 7);
	else if (digits && !strncmp(item + digits, " finding:", 9))
		snprintf(text, sizeof(text), "N findings%s", item + digits + 8);
	else
		snprintf(text, sizeof(text), "%s%s", digits ? "N" : "", item + digits);
	if (!find(place, text))
		fail_msg("the legend does not say what is: %s %s", place, item);
}

/* Each figure of the lines at the top has its sentence. */
static void check_lines(struct stage *st)
{
	cleanup(buf_release) struct buf out = { 0 };
	char *rest, *line, *item, place[8];
	int row;

	st->ui.rows = 60;
	st->ui.columns = 400;
	st->ui.ascii = true;
	st->ui.pane = &pane_workers;
	stage_text(st, &out);
	rest = out.data;
	for (row = 0; row < layout_title(&st->m) + layout_header(&st->m, &st->ui); row++) {
		line = strsep(&rest, "\n");
		if (row < layout_title(&st->m))
			continue;
		snprintf(place, sizeof(place), "%.*s", (int)strcspn(line, " "), line);
		if (!strcmp(place, "COW") || !strcmp(place, "WHY"))
			continue;
		line += strcspn(line, " ");
		while ((item = strsep(&line, "|")))
			check_item(place, item + strspn(item, " "));
	}
}

static void begin_bgsave(struct stage *st, bool helpers)
{
	struct sample s;
	int t;

	stage_begin(st, 24, 80);
	for (t = 0; t < 3; t++) {
		const fact n = 5000 * t;

		fixture_begin(&s, t);
		s.footprint_pages = 70000;
		s.budget_ppm = 20000;
		fixture_add(&s, 100, -9000, (const fact[6]){ 30000 - n, 0, helpers ? 20 : n, 9, 30, 3000 })
			->growth.cow = helpers ? 0 : n;
		fixture_add(&s, 101, -300, (const fact[6]){ 30000, 0, 100 + t, 9000, 30, 3000 });
		s.procs[1].pages_age_ns = 4 * FIXTURE_SECOND;
		fixture_add(&s, 102, -299, (const fact[6]){ 30000 - n, 0, helpers ? n : 5, 9, 30, 3000 })
			->growth.cow = helpers ? n : 0;
		fixture_name(&s.procs[2], "postgres", "postgres: checkpointer");
		s.procs[1].collapsed = 50 * t;
		stage_take(st, &s, NULL);
	}
	st->m.late_s = 0.4;
	st->m.late_ticks = 4;
	st->m.wanted_s = 1;
	st->m.stretched_s = 3;
}

static void test_legend__every_figure_at_the_top(void **state)
{
	cleanup(stage_end) struct stage day, copies, helpers, limit;
	struct sample s;

	stage_day(&day, 24, 80);
	check_lines(&day);
	day.m.late_s = 0.4;
	day.m.late_ticks = 2;
	day.snap.pool.faults.span_s = 9;
	day.snap.pool.pages_age_s = 3;
	day.snap.deferred = 2;
	check_lines(&day);
	begin_bgsave(&copies, false);
	check_lines(&copies);
	begin_bgsave(&helpers, true);
	check_lines(&helpers);
	stage_begin(&limit, 24, 80);
	fixture_begin(&s, 0);
	s.host.cgroup_limit_bytes = 512 * FIXTURE_MIB;
	s.host.cgroup_used_bytes = 400 * FIXTURE_MIB;
	fixture_add(&s, 100, -9000, (const fact[6]){ 30000, 0, 1, 9, 30, 3000 });
	s.procs[0].gc.runtime = RUNTIME_CPYTHON;
	fixture_hide_pages(fixture_add(&s, 101, -300, (const fact[6]){ 30000, 0, 9, 9, 30, 3000 }),
			   LEVEL_ROLLUP);
	proc_sample_gap(&s.procs[1], "pagemap", EACCES, "CAP_SYS_PTRACE");
	stage_take(&limit, &s, NULL);
	check_lines(&limit);
}

/* All heads of a pane's table are columns of the process table, or have a sentence of their own. */
static void check_heads(struct stage *st, const struct pane *pane, const char *first)
{
	cleanup(buf_release) struct buf out = { 0 };
	char *heads, *word;
	int i;

	st->ui.rows = 60;
	st->ui.columns = 300;
	st->ui.pane = pane;
	stage_text(st, &out);
	heads = strstr(out.data, first);
	assert_non_null(heads);
	heads[strcspn(heads, "\n")] = '\0';
	while ((word = strsep(&heads, " "))) {
		for (i = 0; i < ncolumns && strcmp(columns[i].head, word); i++)
			;
		if (*word && i == ncolumns && !find(pane->name, word))
			fail_msg("the legend does not say what is: %s %s", pane->name, word);
	}
}

static void test_legend__every_column(void **state)
{
	cleanup(stage_end) struct stage st;
	int i;

	for (i = 0; i < ncolumns; i++)
		assert_true(*columns[i].text && columns[i].text[strlen(columns[i].text) - 1] != '.');
	stage_day(&st, 24, 80);
	check_heads(&st, &pane_workers, "PID");
	check_heads(&st, &pane_groups, "N GC");
	check_heads(&st, &pane_regions, "KIND");
	check_heads(&st, &pane_events, "TIME");
}

/* No figure is told twice, and each place has a sentence first. */
static void test_legend__is_well_formed(void **state)
{
	size_t i, j;

	for (i = 0; i < nlegend; i++) {
		assert_true(*legend[i].text && legend[i].text[strlen(legend[i].text) - 1] != '.');
		assert_true(!*legend[i].name == (!i || strcmp(legend[i - 1].place, legend[i].place) != 0));
		for (j = 0; j < i; j++)
			assert_true(strcmp(legend[i].place, legend[j].place) ||
				    strcmp(legend[i].name, legend[j].name));
	}
}

/* Left and Right go from part to part, at any width, and all of it is seen. */
static void test_legend__parts(void **state)
{
	static const int widths[] = { 80, 120, 200 };
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };
	size_t i;
	int steps, before;

	stage_day(&st, 24, 80);
	for (i = 0; i < sizeof(widths) / sizeof(*widths); i++) {
		st.ui.columns = widths[i];
		st.ui.pane = &pane_help;
		stage_key(&st, KEY_CODE_HOME);
		for (steps = 0, before = -1; stage_scroll(&st) != before; steps++) {
			before = stage_scroll(&st);
			stage_key(&st, KEY_CODE_RIGHT);
			assert_true(stage_scroll(&st) >= before);
		}
		assert_true(steps > 5);
		assert_non_null(strstr(stage_text(&st, &out), "Sizes in MiB, rates in pages a second"));
		for (; stage_scroll(&st) && steps < 40; steps++)
			stage_key(&st, KEY_CODE_LEFT);
		assert_int_equal(stage_scroll(&st), 0);
		assert_int_equal(st.ui.aside, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_legend__every_figure_at_the_top),
		cmocka_unit_test(test_legend__every_column),
		cmocka_unit_test(test_legend__is_well_formed),
		cmocka_unit_test(test_legend__parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
