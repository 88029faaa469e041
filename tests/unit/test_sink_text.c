#include "lib/golden.h"
#include "lib/scene.h"
#include "lib/text_asserts.h"
#include "base/text.h"
#include "sink/text.h"
#include "sink/text_gc.h"
#include "sink/text_grid.h"
#include "sink/text_wrap.h"

/* No line wider than the terminal, none with a blank at its end, nothing but printable bytes. */
static void assert_plain_text(const struct buf *b, size_t columns)
{
	const char *line = b->data, *end;

	for (; *line; line = end + 1) {
		end = strchr(line, '\n');
		assert_non_null(end);
		if (text_width(line, (size_t)(end - line)) > columns)
			fail_msg("wider than %zu: %.*s", columns, (int)(end - line), line);
		if (end > line && end[-1] == ' ')
			fail_msg("blank at the end: %.*s", (int)(end - line), line);
		for (; line < end; line++)
			assert_true((unsigned char)*line >= 0x20 && *line != 0x7f);
	}
}

static void test_text__golden(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf narrow = { 0 }, wide = { 0 };

	scene_day(&c);
	text_snapshot(&narrow, &c.snap, NULL, 80);
	assert_plain_text(&narrow, 80);
	golden_check("day-80.txt", &narrow);
	text_snapshot(&wide, &c.snap, NULL, 120);
	assert_plain_text(&wide, 120);
	golden_check("day-120.txt", &wide);
}

static void test_text__golden_of_little(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf out = { 0 };

	scene_night(&c);
	text_snapshot(&out, &c.snap, NULL, 120);
	assert_plain_text(&out, 120);
	golden_check("night-120.txt", &out);
	buf_reset(&out);
	text_snapshot(&out, &c.snap, NULL, 80);
	assert_plain_text(&out, 80);
}

static void test_text__golden_of_pools(void **state)
{
	cleanup(scene_end) struct scene day = { 0 }, night = { 0 };
	cleanup(buf_release) struct buf out = { 0 };
	struct snapshot both[2];

	scene_day(&day);
	scene_night(&night);
	both[0] = day.snap;
	both[1] = night.snap;
	text_pools(&out, both, 2, 80);
	assert_plain_text(&out, 80);
	golden_check("pools-80.txt", &out);
	buf_reset(&out);
	text_pools(&out, NULL, 0, 80);
	assert_has(&out, "0 pools");
}

/* A terminal of 20 columns gets 80: figures are not cut. */
static void test_text__never_below_80(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf tiny = { 0 }, narrow = { 0 };

	scene_day(&c);
	text_snapshot(&tiny, &c.snap, NULL, 20);
	text_snapshot(&narrow, &c.snap, NULL, 80);
	assert_string_equal(tiny.data, narrow.data);
}

/* The largest figures of a real machine still fit 80 columns. */
static void test_text__large_figures_fit(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf out = { 0 };
	size_t i;

	scene_day(&c);
	c.s.master_pid = c.s.procs[0].pid = 4194303;
	memset(c.snap.command, 'g', sizeof(c.snap.command) - 1);
	c.snap.pool.workers = 1024;
	c.snap.pool.helpers = 12;
	c.snap.pool.cow_broken_ratio = 1;
	c.snap.pool.faults.minor_per_s = c.snap.pool.faults.span_minor_per_s = c.snap.pool.faults
										       .cow_per_s = 123456;
	c.snap.pool.faults.file_per_s = c.snap.pool.faults.other_per_s = 123456;
	c.snap.pool.faults.new_per_s = c.snap.pool.faults.major_per_s = c.snap.pool.faults
										.span_major_per_s = 123456;
	for (i = 0; i < c.snap.nprocs; i++) {
		struct figures *f = &c.snap.procs[i].figures;

		f->memory.rss = f->memory.pss = f->shared_bytes = 99999.0 * FIXTURE_MIB;
		f->private_bytes = f->cow_broken_bytes = 99999.0 * FIXTURE_MIB;
		f->pages.new = f->pages.orphaned = f->pages.cow_file = 99999.0 * 256;
		f->cow_broken_ratio = 1;
		f->faults.minor_per_s = f->faults.span_minor_per_s = f->faults.major_per_s =
			f->faults.span_major_per_s = 123456;
		c.snap.procs[i].bounded = false;
		c.snap.procs[i].estimated = true;
	}
	c.snap.least = c.snap.pool;
	c.snap.estimated = true;
	for (i = 0; i < c.snap.ngc_groups; i++) {
		struct gc_group *g = &c.snap.gc_groups[i];

		g->shared_bytes_mean = g->cow_broken_bytes_mean = 99999.0 * FIXTURE_MIB;
		g->bytes_per_full_collection = 99999.0 * FIXTURE_MIB;
		g->cow_broken_ratio = 1;
		g->cow_per_s_mean = g->minor_per_s_mean = g->span_minor_per_s_mean = g->full_collections =
			123456;
		g->thresholds[0] = INT64_MAX;
		g->estimated = true;
		g->cow_broken_bytes_least = g->cow_broken_bytes_mean;
		g->cow_broken_ratio_least = g->cow_broken_ratio;
		g->cow_per_s_least = g->cow_per_s_mean;
	}
	text_snapshot(&out, &c.snap, NULL, 80);
	assert_plain_text(&out, 80);
	assert_has(&out, " ~99999  ~99999 ~99999 ~99999 ~100.0  ~99999 ~99999   123.5k\n");
	/* What is private adds up on any screen; less is said of its faults and its PSS. */
	assert_has(&out, " PRIVATE   ORPH    COW   COW% FILECOW    NEW MINFLT/s\n");
	assert_null(strstr(out.data, "MAJFLT/s\n"));
}

static void test_text__unknown_is_a_dash(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf out = { 0 };

	scene_night(&c);
	text_snapshot(&out, &c.snap, NULL, 80);
	assert_has(&out, "footprint -, saved -, RSS -, PSS -\n");
	assert_has(&out,
		   "\n102 worker   -      -       -    -    -    -       -    -        -  worker [sho+\n");
	assert_has(&out, "missing: smaps_rollup (EACCES), needs CAP_SYS_PTRACE\n");
	assert_null(strstr(out.data, "nan"));
	assert_null(strstr(out.data, "minflt/s "));
}

/* What no privilege gives: no call has failed. */
static void test_text__gap_without_an_error(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf out = { 0 };

	scene_night(&c);
	proc_sample_gap(&c.s.procs[1], "exclusive flag", 0, "Linux 5.19");
	text_snapshot(&out, &c.snap, NULL, 80);
	assert_has(&out, "\nmissing: exclusive flag, needs Linux 5.19\n");
}

/* From 100 columns on, and only where there is a collector. */
static void test_text__gc_column(void **state)
{
	cleanup(scene_end) struct scene c = { 0 }, native = { 0 };
	cleanup(buf_release) struct buf below = { 0 }, wide = { 0 }, without = { 0 };

	scene_day(&c);
	text_snapshot(&below, &c.snap, NULL, 99);
	assert_null(strstr(below.data, "/s GC"));
	text_snapshot(&wide, &c.snap, NULL, 100);
	assert_plain_text(&wide, 100);
	assert_has(&wide, "MINFLT/s GC          COMMAND\n");

	native.analysis = analysis_new();
	scene_fill_day(&native.s, 0, 0);
	analysis_next(native.analysis, &native.s, &native.snap);
	text_snapshot(&without, &native.snap, NULL, 120);
	assert_null(strstr(without.data, "gc"));
	assert_null(strstr(without.data, "GC"));
}

static void test_text__gc_cell(void **state)
{
	static const struct {
		fact enabled, first, frozen;
		const char *text;
	} cases[] = {
		{ 1, 700, 0, "700,10,10" },      { 1, 700, 1, "700,10,10 frozen" },
		{ 1, 0, ABSENT, "0,10,10" },     { 0, 700, 1, "off frozen" },
		{ 0, ABSENT, 0, "off" },         { 1, ABSENT, 1, "-" },
		{ ABSENT, ABSENT, ABSENT, "-" }, { 1, 1234567890, 1, "12345678,.. frozen" },
	};
	struct proc_sample p;
	char cell[20];
	size_t i;

	proc_sample_init(&p);
	text_gc_cell(cell, sizeof(cell), &p.gc);
	assert_string_equal(cell, "-");
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		fixture_gc(&p, cases[i].enabled, cases[i].first, cases[i].frozen);
		text_gc_cell(cell, sizeof(cell), &p.gc);
		assert_string_equal(cell, cases[i].text);
	}
	proc_sample_release(&p);
}

static void test_text__gc_of_the_master(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf out = { 0 };
	struct gc_state *g;

	scene_day(&c);
	g = fixture_gc(&c.s.procs[0], 1, 0, 1);
	g->frozen = 412345;
	g->collections[2] = 1;
	g->collecting = 1;
	fixture_gc_more(&c.s.procs[0], 1);
	strcpy(c.s.procs[0].gc.build, "debug");
	fixture_gc_setting(&c.s.procs[0], "LD_PRELOAD", "\x1b[2J");
	text_gc_master(&out, &c.snap, 200);
	assert_string_equal(out.data, "gc: cpython 3.11.2 debug; master off, thresholds 0,10,10, 412.3k "
				      "frozen, 1 full collection, collecting, 2 interpreters; "
				      "LD_PRELOAD=\\x1b[2J\n");

	gc_facts_release(&c.s.procs[0].gc);
	c.s.procs[0].gc.runtime = RUNTIME_RUBY;
	buf_reset(&out);
	text_gc_master(&out, &c.snap, 200);
	assert_string_equal(out.data, "gc: ruby has no collector counters that can be read from outside\n");
}

static void test_wrap__at_blanks(void **state)
{
	cleanup(buf_release) struct buf out = { 0 };

	text_wrap(&out, "one two  three\n four", 4, 12);
	assert_string_equal(out.data, "one two\n    three\\n\n    four\n");
	buf_reset(&out);
	text_wrap(&out, "averyverylongword b", 4, 12);
	assert_string_equal(out.data, "averyverylongword\n    b\n");
	buf_reset(&out);
	text_wrap(&out, "", 4, 12);
	assert_string_equal(out.data, "\n");
}

static void test_grid__aligns_and_cuts_the_tail(void **state)
{
	cleanup(grid_release) struct grid g = {
		.heads = { "N", "<NAME" },
		.tail_head = "TAIL",
	};
	cleanup(buf_release) struct buf out = { 0 };
	struct grid_row *row;

	row = grid_add(&g);
	strcpy(row->cell[0], "12345");
	strcpy(row->cell[1], "a");
	row->tail = "0123456789abcdef";
	row = grid_add(&g);
	strcpy(row->cell[0], "1");
	strcpy(row->cell[1], "abcdef");
	row->tail = "short\n";
	grid_print(&g, &out, 25);
	assert_string_equal(out.data, "    N  NAME    TAIL\n"
				      "12345  a       012345678+\n"
				      "    1  abcdef  short\\n\n");
	buf_reset(&out);
	grid_print(&g, &out, 20);
	assert_string_equal(out.data, "    N  NAME\n12345  a\n    1  abcdef\n");
}

/* Columns of one rank go together, the highest first, and only when one blank is not enough either. */
static void test_grid__leaves_out_by_rank(void **state)
{
	cleanup(grid_release) struct grid g = {
		.heads = { "A", "BBBB", "C", "DDDD" },
		.rank = { 0, 2, 1, 2 },
	};
	cleanup(buf_release) struct buf out = { 0 };
	struct grid_row *row = grid_add(&g);

	for (size_t i = 0; i < 4; i++)
		row->cell[i][0] = (char)('1' + i);
	grid_print(&g, &out, 16);
	assert_string_equal(out.data, "A  BBBB  C  DDDD\n1     2  3     4\n");
	buf_reset(&out);
	grid_print(&g, &out, 13);
	assert_string_equal(out.data, "A BBBB C DDDD\n1    2 3    4\n");
	buf_reset(&out);
	grid_print(&g, &out, 12);
	assert_string_equal(out.data, "A  C\n1  3\n");
	buf_reset(&out);
	grid_print(&g, &out, 1);
	assert_string_equal(out.data, "A\n1\n");
}

/* Redis during BGSAVE: what the head says first is what happens. */
static void test_text__the_master_copies(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf out = { 0 }, pools = { 0 };
	struct proc_sample *master;

	c.analysis = analysis_new();
	scene_fill_day(&c.s, 0, 0);
	master = &c.s.procs[0];
	master->pages.cow_broken = 19456;
	master->pages.shared = 25600;
	master->pages.orphaned = 0;
	master->exactness = EXACTNESS_EXACT;
	analysis_next(c.analysis, &c.s, &c.snap);
	c.snap.pool.cow_broken_bytes = 192512;
	c.snap.pool.cow_broken_ratio = 0.001;
	c.snap.least = c.snap.pool;
	text_snapshot(&out, &c.snap, NULL, 80);
	assert_plain_text(&out, 80);
	assert_has(&out, "\ncow-broken 76.0 MiB by the master, 43.2% of the inherited; ");
	text_pools(&pools, &c.snap, 1, 80);
	assert_has(&pools, " COW% MCOW MCOW% ");
	assert_has(&pools, "  0.1 76.0  43.2 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text__golden),
		cmocka_unit_test(test_text__golden_of_little),
		cmocka_unit_test(test_text__golden_of_pools),
		cmocka_unit_test(test_text__never_below_80),
		cmocka_unit_test(test_text__large_figures_fit),
		cmocka_unit_test(test_text__unknown_is_a_dash),
		cmocka_unit_test(test_text__gap_without_an_error),
		cmocka_unit_test(test_text__gc_column),
		cmocka_unit_test(test_text__gc_cell),
		cmocka_unit_test(test_text__gc_of_the_master),
		cmocka_unit_test(test_wrap__at_blanks),
		cmocka_unit_test(test_grid__aligns_and_cuts_the_tail),
		cmocka_unit_test(test_grid__leaves_out_by_rank),
		cmocka_unit_test(test_text__the_master_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
