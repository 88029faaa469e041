#include "unit/tui_stage.h"
#include "base/text.h"
#include "base/units.h"
#include "tui/rows.h"

static const struct {
	int rows, columns;
} sizes[] = { { 10, 40 }, { 24, 80 }, { 40, 120 }, { 50, 200 } };
#define SIZES (sizeof(sizes) / sizeof(*sizes))

static void set_pane(struct stage *st, const struct pane *pane)
{
	st->ui.pane = pane;
	stage_draw(st);
}

static void golden_panes(void (*begin)(struct stage *, int rows, int columns), const char *name,
			 const char *only, bool ascii)
{
	char file[64];
	size_t i;
	int pane;

	for (i = 0; i < SIZES; i++) {
		cleanup(stage_end) struct stage st;

		begin(&st, sizes[i].rows, sizes[i].columns);
		st.ui.ascii = ascii;
		for (pane = 0; pane < npanes; pane++) {
			/* those that show what is made for them: test_tui_stacks.c, test_tui_why.c */
			if (panes[pane] == &pane_stacks || panes[pane] == &pane_why)
				continue;
			snprintf(file, sizeof(file), "%s-%s-%dx%d", panes[pane]->name, name, sizes[i].columns,
				 sizes[i].rows);
			if (only && !strstr(only, strchr(file, '-') + strlen(name) + 2))
				continue;
			set_pane(&st, panes[pane]);
			stage_golden(&st, file);
		}
	}
}

static void test_view__golden_panes(void **state)
{
	golden_panes(stage_day, "day", NULL, false);
}

static void test_view__golden_ascii(void **state)
{
	golden_panes(stage_day, "ascii", "80x24", true);
}

/* One worker, in a cgroup with a limit; nothing is known of a collector. */
static void begin_one(struct stage *st, int rows, int columns)
{
	struct sample s;
	fact t;

	stage_begin(st, rows, columns);
	for (t = 0; t < 40; t++) {
		fixture_begin(&s, (double)t);
		s.footprint_pages = 30000;
		s.host.available_bytes = 300 * FIXTURE_MIB;
		s.host.cgroup_limit_bytes = 512 * FIXTURE_MIB;
		s.host.cgroup_used_bytes = (460 + t) * FIXTURE_MIB;
		s.host.pressure_some = 512;
		s.host.pressure_full = 204;
		fixture_add(&s, 100, -400, (const fact[6]){ 25000 - 40 * t, 40 * t, 0, 0, 900, 3000 });
		fixture_add(&s, 101, -300, (const fact[6]){ 25000 - 40 * t, 0, 40 * t, 9, 300 + t, 3000 });
		s.procs[1].minflt += 50 * t;
		s.procs[1].growth = (struct growth_facts){ .cow = 40 * t, .new = t, .file = t };
		s.procs[1].majflt += t / 2;
		stage_take(st, &s, stage_day_events);
	}
	st->m.late_s = 0.31;
	st->m.late_ticks = 3;
	st->m.own_cpu = 0.087;
}

static void test_view__golden_one_worker(void **state)
{
	golden_panes(begin_one, "one", "80x24 120x40", false);
}

/* Redis during BGSAVE: one child that reads, and a master that copies all. */
static void begin_bgsave(struct stage *st, int rows, int columns)
{
	struct sample s;
	fact t;

	stage_begin(st, rows, columns);
	for (t = 0; t < 40; t++) {
		fact copied = t * 480;

		fixture_begin(&s, (double)t);
		s.footprint_pages = 72300 + copied;
		fixture_add(&s, 100, -90000, (const fact[6]){ 69800 - copied, 20, copied, 90, 60, 1500 });
		s.procs[0].minflt += copied;
		s.procs[0].growth.cow = copied;
		fixture_name(&s.procs[0], "redis-server", "redis-server *:6379");
		fixture_add(&s, 101, -2, (const fact[6]){ 69800 - copied, copied, 50, 90, 10, 900 });
		fixture_name(&s.procs[1], "redis-rdb-bgsave", "redis-rdb-bgsave *:6379");
		stage_take(st, &s, NULL);
	}
}

static void test_view__golden_the_master_copies(void **state)
{
	static const int shown[][2] = { { 24, 80 }, { 40, 120 }, { 10, 40 } };
	char file[64];
	size_t i;

	for (i = 0; i < sizeof(shown) / sizeof(*shown); i++) {
		cleanup(stage_end) struct stage st;

		begin_bgsave(&st, shown[i][0], shown[i][1]);
		snprintf(file, sizeof(file), "workers-bgsave-%dx%d", shown[i][1], shown[i][0]);
		stage_golden(&st, file);
	}
}

/* What has no room in the table stands above it: the other side, and pages of files. */
static void test_view__all_copies_in_80_columns(void **state)
{
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };
	struct sample s;
	const char *text;

	stage_begin(&st, 24, 80);
	fixture_begin(&s, 0);
	s.footprint_pages = 72300;
	fixture_add(&s, 100, -90000, (const fact[6]){ 60000, 20, 8000, 90, 60, 1500 });
	fixture_add(&s, 101, -2, (const fact[6]){ 60000, 10, 8100, 6144, 10, 900 });
	stage_take(&st, &s, NULL);
	stage_draw(&st);
	text = stage_text(&st, &out);
	assert_non_null(strstr(text, "copied 31.6 MiB 11.9%"));
	assert_non_null(strstr(text, "by master 31.3 MiB 11.8%"));
	assert_non_null(strstr(text, "file copies 24.0 MiB"));
}

static void begin_many(struct stage *st, int rows, int columns)
{
	struct sample s;
	fact t, i;

	stage_begin(st, rows, columns);
	for (t = 0; t < 5; t++) {
		fixture_begin(&s, (double)t);
		s.footprint_pages = 5200000;
		s.master_pid = 4100000;
		fixture_add(&s, 4100000, -90000, (const fact[6]){ 250000, 9000, 12000, 0, 2100, 33000 });
		for (i = 0; i < 300; i++) {
			fact cow = i * 97 % 300 * 800 + t * (i % 3) * 2000;
			struct proc_sample *p;

			p = fixture_add(&s, (pid_t)(4100001 + i), -7000 + (double)i,
					(const fact[]){ 260000 - cow, 900, cow, 40, 4100, 18000 });
			p->minflt += t * i * 120;
			p->growth.cow = t * (i % 3) * 2000;
		}
		stage_take(st, &s, stage_day_events);
	}
}

static void test_view__golden_300_workers(void **state)
{
	cleanup(stage_end) struct stage st;

	begin_many(&st, 40, 120);
	stage_golden(&st, "workers-many-120x40");
	stage_key(&st, KEY_CODE_END);
	stage_golden(&st, "workers-many-end-120x40");
	st.ui.rows = 10;
	st.ui.columns = 40;
	stage_golden(&st, "workers-many-end-40x10");
}

/* Estimates, another user's worker, names that want to be escapes: one sample, nothing before it. */
static void begin_night(struct stage *st, int rows, int columns)
{
	static const fact master[6] = { 30000, 500, 200, 0, 6000, 4000 };
	static const fact worker[6] = { 28000, 200, 2000, 300, 3000, 4100 };
	static const char name[] = "app\x1b[31m\n\"\\\xff\xe2\x80\xaex 日本語 e\xcc\x81";
	struct proc_sample *p;
	struct sample s;
	pid_t pid;

	stage_begin(st, rows, columns);
	st->m.own_cpu = UNKNOWN;
	fixture_begin(&s, 0);
	s.host.cached_bytes = s.host.swap_used_bytes = s.host.available_bytes = ABSENT;
	for (pid = 100; pid < 102; pid++) {
		p = fixture_add(&s, pid, -20, pid == 100 ? master : worker);
		fixture_name(p, "app\x1b[31m", name);
		p->level = LEVEL_ESTIMATE;
		p->exactness = EXACTNESS_ESTIMATE;
		proc_sample_gap(p, "frame numbers", EPERM, "CAP_SYS_ADMIN");
		p->gc.runtime = RUNTIME_CPYTHON;
		proc_sample_gap(p, "gc", EACCES, "CAP_SYS_PTRACE");
	}
	p = fixture_add(&s, 102, -18, worker);
	fixture_hide_pages(p, LEVEL_NONE);
	p->minflt = p->majflt = ABSENT;
	proc_sample_gap(p, "smaps_rollup", EACCES, "CAP_SYS_PTRACE");
	proc_sample_gap(p, "pagemap", EACCES, "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH");
	fixture_hide_pages(fixture_add(&s, 103, -18, worker), LEVEL_ROLLUP);
	stage_take(st, &s, NULL);
	snprintf(st->m.space_problem, sizeof(st->m.space_problem),
		 "pagemap: Permission denied, needs CAP_SYS_PTRACE");
}

static void test_view__golden_night(void **state)
{
	golden_panes(begin_night, "night", "40x10 80x24 120x40", false);
}

/* What the screen says besides figures: typed, filtered, found, tagged, paused, past, gone. */
static void test_view__golden_states(void **state)
{
	cleanup(stage_end) struct stage st;

	stage_day(&st, 24, 80);
	stage_type(&st, "/10");
	stage_golden(&st, "state-ask-80x24");
	stage_key(&st, KEY_CODE_ENTER);
	stage_golden(&st, "state-found-80x24");
	stage_key(&st, KEY_CODE_ESCAPE);
	stage_type(&st, "\\worker\raF  ");
	stage_golden(&st, "state-tagged-80x24");
	stage_key(&st, KEY_CODE_ESCAPE);
	stage_type(&st, "U\\nobody\r");
	stage_golden(&st, "state-none-80x24");
	stage_key(&st, KEY_CODE_ESCAPE);
	stage_type(&st, "aFz");
	stage_golden(&st, "state-paused-80x24");
	stage_type(&st, "b09:00:30\r");
	stage_golden(&st, "state-past-80x24");
	stage_type(&st, "p");
	stage_golden(&st, "state-past-map-80x24");
	stage_type(&st, "Zm");
	st.m.master_gone = true;
	stage_golden(&st, "state-master-gone-80x24");
	st.ui.rows = 10;
	st.ui.columns = 40;
	stage_golden(&st, "state-master-gone-40x10");
}

static void test_view__golden_map_zoom(void **state)
{
	cleanup(stage_end) struct stage st;

	stage_day(&st, 24, 80);
	stage_type(&st, "p++");
	stage_key(&st, KEY_CODE_PAGE_DOWN);
	stage_golden(&st, "map-zoom-80x24");
}

static void test_view__before_the_first_sample(void **state)
{
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };
	int pane;

	stage_begin(&st, 10, 40);
	for (pane = 0; pane < npanes; pane++) {
		st.ui.pane = panes[pane];
		assert_non_null(strstr(stage_text(&st, &out), "waiting for the first sample"));
	}
	stage_type(&st, "mzTrbt/x\rnI<>ag ");
	stage_draw(&st);
}

/* ---- what is true of every screen */

/* Text of a row from `column` on. */
static void read_row(const struct cells *c, int row, int column, int width, struct buf *out)
{
	buf_reset(out);
	buf_adds(out, "");
	for (; width > 0; width--, column++)
		buf_adds(out, cells_at(c, row, column)->glyph);
}

/* The figures in the table are those of the snapshot, in the words of the plain table. */
static void test_view__figures_are_the_snapshots(void **state)
{
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };
	struct rows rows;
	char want[64], text[16];
	int i, head, row;

	stage_day(&st, 50, 200);
	stage_draw(&st);
	for (head = 0; cells_at(&st.cells, head, 0)->paint != PAINT_HEAD; head++)
		;
	rows_list(&st.m, &st.ui, &rows);
	assert_int_equal(rows.n, 7);
	for (i = 0; i < rows.n; i++) {
		const struct figures *f = &rows.items[i].proc->figures;

		row = head + 1 + i;
		read_row(&st.cells, row, 0, 200, &out);
		snprintf(want, sizeof(want), "%d", rows.items[i].key.pid);
		assert_non_null(strstr(out.data, want));
		assert_non_null(strstr(out.data, units_format_mib(text, f->memory.rss)));
		assert_non_null(strstr(out.data, units_format_mib(text, f->shared_bytes)));
		assert_non_null(strstr(out.data, units_format_mib(text, f->cow_broken_bytes)));
		assert_non_null(strstr(out.data, units_format_count(text, f->faults.minor_per_s)));
	}
	rows_release(&rows);
	read_row(&st.cells, 2, 0, 200, &out);
	assert_non_null(strstr(out.data, units_format_size(text, st.snap.pool.footprint_bytes)));
	assert_non_null(strstr(out.data, units_format_size(text, st.snap.pool.cow_broken_bytes)));
}

/* What only grows stands above, with its rate, as long as it does. */
static void test_view__growth_is_named_above(void **state)
{
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };

	stage_day(&st, 50, 200);
	stage_draw(&st);
	assert_null(strstr(stage_text(&st, &out), "grows"));
	st.snap.findings[0].kind = FINDING_GROWTH;
	st.snap.findings[0].unit = "bytes/min";
	finding_measure(&st.snap.findings[0], measure_make(1.5 * FIXTURE_MIB, UNKNOWN, true));
	stage_draw(&st);
	assert_non_null(strstr(stage_text(&st, &out), "grows ~1.5 MiB/min"));
}

/* Of a collector that is there and was not read all is said, not as much as has room in a name. */
static void test_view__collector_that_was_not_read(void **state)
{
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };
	struct sample s;

	stage_begin(&st, 24, 80);
	fixture_begin(&s, 0);
	fixture_add(&s, 100, -50, (const fact[6]){ 10, 0, 0, 0, 1, 2 })->gc.runtime = RUNTIME_CPYTHON;
	stage_take(&st, &s, NULL);
	assert_non_null(strstr(stage_text(&st, &out), "\nGC   settings could not be read\n"));
}

/* No cell holds a control character, every row is exactly as wide as the screen, nothing is "nan". */
static void assert_sound(struct stage *st)
{
	cleanup(buf_release) struct buf line = { 0 };
	int row, column;

	for (row = 0; row < st->cells.rows; row++) {
		read_row(&st->cells, row, 0, st->cells.columns, &line);
		assert_int_equal(text_width(line.data, line.len), st->cells.columns);
		assert_null(strstr(line.data, "nan"));
		for (column = 0; column < st->cells.columns; column++) {
			const char *g = cells_at(&st->cells, row, column)->glyph;

			for (; *g; g++) {
				assert_true((unsigned char)*g >= ' ' && *g != 0x7f);
				assert_true(!st->ui.ascii || (unsigned char)*g < 0x80);
			}
		}
	}
}

static void check_sound(void (*begin)(struct stage *, int, int), int step)
{
	cleanup(stage_end) struct stage st;
	int rows, columns;

	begin(&st, 24, 80);
	for (rows = 1; rows < 60; rows += 1 + rows / 10) {
		for (columns = 1; columns < 230; columns += step) {
			st.ui.rows = rows;
			st.ui.columns = columns;
			st.ui.ascii = columns % 2;
			st.ui.pane = panes[(rows + columns) % npanes];
			stage_draw(&st);
			assert_sound(&st);
		}
	}
}

static void test_view__sound_at_every_size(void **state)
{
	check_sound(stage_day, 3);
	check_sound(begin_night, 3);
	check_sound(begin_one, 5);
	check_sound(begin_many, 41);
}

/* However long the settings: that there is a finding is what goes last. */
static void test_view__a_finding_goes_last(void **state)
{
	static const int widths[] = { 120, 80, 60, 40, 30 };
	cleanup(stage_end) struct stage st;
	struct gc_state *master;

	stage_day(&st, 24, 80);
	master = &st.sample.procs[0].gc.interpreters[0];
	master->enabled = 0;
	master->any_frozen = 1;
	free(st.snap.gc_groups[1].pids);
	st.snap.ngc_groups = 1;
	st.snap.gc_groups[0].frozen = 1;
	for (size_t i = 0; i < sizeof(widths) / sizeof(*widths); i++) {
		cleanup(buf_release) struct buf out = { 0 };

		st.ui.columns = widths[i];
		ui_settle(&st.ui, &st.m);
		assert_non_null(strstr(stage_text(&st, &out), "2 findings: press g"));
		assert_int_equal(strstr(out.data, "master off 700,10,10 frozen") != NULL, widths[i] >= 120);
		assert_int_equal(strstr(out.data, "3 workers on 700,10,10 frozen") != NULL, widths[i] >= 60);
	}
}

/* The largest figures of a real machine keep out of each other's columns. */
static void test_view__large_figures_do_not_touch(void **state)
{
	cleanup(stage_end) struct stage st;
	cleanup(buf_release) struct buf out = { 0 };
	size_t i;

	stage_day(&st, 24, 80);
	for (i = 0; i < st.snap.nprocs; i++) {
		struct figures *f = &st.snap.procs[i].figures;

		f->memory.rss = f->memory.pss = f->shared_bytes = 99999.0 * FIXTURE_MIB;
		f->private_bytes = f->cow_broken_bytes = 99999.0 * FIXTURE_MIB;
		f->pages.new = 99999.0 * 256;
		f->cow_broken_ratio = 1;
		f->faults.minor_per_s = f->faults.span_minor_per_s = f->faults.cow_per_s = 123456;
		st.snap.procs[i].bounded = false;
		st.snap.procs[i].estimated = true;
	}
	stage_text(&st, &out);
	assert_non_null(
		strstr(out.data, "   99999  ~99999  ~99999 ~100.0 ~123.5k  ~99999   123.5k worker [sho+\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_view__golden_panes),
		cmocka_unit_test(test_view__golden_ascii),
		cmocka_unit_test(test_view__golden_one_worker),
		cmocka_unit_test(test_view__golden_the_master_copies),
		cmocka_unit_test(test_view__all_copies_in_80_columns),
		cmocka_unit_test(test_view__golden_300_workers),
		cmocka_unit_test(test_view__golden_night),
		cmocka_unit_test(test_view__golden_states),
		cmocka_unit_test(test_view__golden_map_zoom),
		cmocka_unit_test(test_view__before_the_first_sample),
		cmocka_unit_test(test_view__figures_are_the_snapshots),
		cmocka_unit_test(test_view__growth_is_named_above),
		cmocka_unit_test(test_view__collector_that_was_not_read),
		cmocka_unit_test(test_view__sound_at_every_size),
		cmocka_unit_test(test_view__a_finding_goes_last),
		cmocka_unit_test(test_view__large_figures_do_not_touch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
