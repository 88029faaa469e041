#include "sink/text.h"

#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "model/field.h"
#include "sink/gaps.h"
#include "sink/text_copies.h"
#include "sink/text_gc.h"
#include "sink/text_grid.h"
#include "sink/text_processes.h"
#include "sink/text_wrap.h"
#include "sink/when.h"

#define COLUMNS_MIN 80
#define GONE_MEANS "; (PID): the master is gone, this is the oldest that it left"

static const char *level_means(enum level level)
{
	static const char *const means[] = {
		[LEVEL_NONE] = "no memory could be read",
		[LEVEL_ROLLUP] = "private and shared bytes, copies not told from new memory",
		[LEVEL_ESTIMATE] = "pages without frame numbers",
		[LEVEL_EXACT] = "every page by its frame number",
	};

	return means[level];
}

/* "1 worker", "4 workers", "- workers". */
static void add_number_of(struct buf *out, figure n, const char *what)
{
	char text[16];

	buf_printf(out, "%s %s%s", units_format_count(text, n), what, n == 1 ? "" : "s");
}

/* What could not be read; what it needs goes to a line of its own when the line gets too long. */
static void add_gap(struct buf *out, const struct gap *g, size_t columns)
{
	cleanup(buf_release) struct buf what = { 0 }, needs = { 0 };
	const char *error = gap_error_name(g);

	text_clean(&what, g->what, strlen(g->what));
	text_clean(&needs, g->needs, strlen(g->needs));
	buf_printf(&what, "%s%s%s", error ? " (" : "", error ? error : "", error ? ")" : "");
	if (needs.len && !gap_is_reason(g) && what.len + needs.len + 22 > columns)
		buf_adds(&what, ",\n         needs ");
	else
		buf_adds(&what, gap_link(g));
	buf_printf(out, "missing: %s%s\n", what.data, needs.data ? needs.data : "");
}

static void add_level(struct buf *out, const struct snapshot *s, size_t columns)
{
	cleanup_free const struct gap **gaps = NULL;
	size_t n = gaps_of_pool(s, &gaps), i, forked = 0, lowest = 0;

	for (i = 0; i < s->nprocs; i++) {
		forked += s->procs[i].facts->forked;
		lowest += s->procs[i].facts->forked && s->procs[i].facts->level == s->level;
	}
	buf_printf(out, "level %s", level_name(s->level));
	if (lowest < forked)
		buf_printf(out, " for %zu of %zu processes", lowest, forked);
	buf_printf(out, ": %s\n", level_means(s->level));
	for (i = 0; i < n; i++)
		add_gap(out, gaps[i], columns);
}

/* `columns` is at least COLUMNS_MIN: all but the name takes less. */
static void add_pool(struct buf *out, const struct snapshot *s, const struct zone *zone, size_t columns)
{
	cleanup(buf_release) struct buf rest = { 0 };
	const struct figures *f = &s->pool;
	char a[20], b[20], c[20], d[20], time[ZONE_TEXT];

	buf_printf(&rest, "%smaster ", *s->command ? ": " : "");
	if (s->facts->master_pid)
		buf_printf(&rest, "%d, ", s->facts->master_pid);
	else
		buf_adds(&rest, "gone, ");
	add_number_of(&rest, f->workers, "worker");
	if (f->helpers > 0) {
		buf_adds(&rest, ", ");
		add_number_of(&rest, f->helpers, "helper");
	}
	buf_printf(&rest, ", %s\n", zone_date(time, zone, s->facts->time_ns));
	text_cut(out, s->command, columns - rest.len + 1);
	buf_add(out, rest.data, rest.len);

	buf_printf(out, "footprint %s, saved %s, RSS %s, PSS %s\n",
		   measure_size(a, POOL_MEASURE(s, footprint_bytes)),
		   measure_size(b, POOL_MEASURE(s, saved_bytes)),
		   measure_size(c, POOL_MEASURE(s, memory.rss)),
		   measure_size(d, POOL_MEASURE(s, memory.pss)));
	text_copies(out, s, columns);
}

/* Of the copies, those that took no fault. */
static void add_collapsed(struct buf *out, const struct snapshot *s, size_t columns)
{
	cleanup(buf_release) struct buf line = { 0 };
	const struct proc_snapshot *master = snapshot_master(s);
	figure page_size = (figure)s->facts->host.page_size;
	struct measure workers = measure_times(POOL_MEASURE(s, pages.collapsed), page_size);
	struct measure own = master ? measure_times(PROCESS_MEASURE(master, pages.collapsed), page_size) :
				      measure_make(UNKNOWN, UNKNOWN, false);
	char a[20], b[20];

	if (!(workers.value > 0) && !(own.value > 0))
		return;
	buf_printf(&line,
		   "of it the kernel copied in making huge pages, without a fault: workers %s, master %s",
		   measure_size(a, workers), measure_size(b, own));
	if (known(s->elapsed_s))
		buf_printf(&line, "; pages/s %s, new %s",
			   measure_count(a, POOL_MEASURE(s, faults.collapsed_per_s)),
			   measure_count(b, POOL_MEASURE(s, faults.filled_per_s)));
	text_wrap(out, line.data, 0, columns);
}

/* How it is known who belongs to it, where the process tree does not say so. */
static void add_kinship(struct buf *out, const struct snapshot *s, size_t columns)
{
	static const char *const known_by[] = {
		[KINSHIP_PARENTS] = "seen while it lived",
		[KINSHIP_FRAMES] = "known by the frames that they share",
		[KINSHIP_ADDRESSES] = "known by their addresses, which are theirs alone",
		[KINSHIP_GUESS] =
			"that they are one family is a guess: any run without ASLR has these addresses",
	};
	cleanup(buf_release) struct buf line = { 0 };
	const char *by = known_by[s->facts->kinship];

	if (!s->facts->master_pid)
		buf_printf(&line,
			   "the master is gone, %d is the oldest that it left: %s. Its pages are those that "
			   "they still share; where none does, what is alike was copied",
			   sample_leader(s->facts), by);
	else if (s->facts->kinship != KINSHIP_PARENTS)
		buf_printf(&line, "some lost their parent: %s", by);
	if (line.len)
		text_wrap(out, line.data, 0, columns);
}

/* Where the pages are not those of the interval: "; in 5.0s until 3.0s ago, minflt/s 12 now". */
static void add_time_of_faults(struct buf *line, const struct snapshot *s)
{
	char span[16], age[16], now[16];

	if (!snapshot_faults_apart(s))
		return;
	buf_printf(line, "; in %ss", units_format_count(span, s->pool.faults.span_s));
	if (s->pool.pages_age_s > 0)
		buf_printf(line, " until %ss ago, minflt/s %s now",
			   units_format_count(age, s->pool.pages_age_s),
			   units_format_count(now, s->pool.faults.minor_per_s));
}

static void add_faults(struct buf *out, const struct snapshot *s, size_t columns)
{
	cleanup(buf_release) struct buf line = { 0 };
	const struct fault_figures *f = &s->pool.faults;
	char a[20], b[20], c[20], d[20], e[20], m[20];

	if (!known(s->elapsed_s))
		return;
	buf_printf(&line, "%s: cow %s new %s file %s other %s; majflt/s %s",
		   units_format_count(a, faults_minor_per_s(f)),
		   measure_count(b, POOL_MEASURE(s, faults.cow_per_s)),
		   measure_count(c, POOL_MEASURE(s, faults.new_per_s)),
		   measure_count(d, POOL_MEASURE(s, faults.file_per_s)),
		   measure_count(e, POOL_MEASURE(s, faults.other_per_s)),
		   units_format_count(m, faults_major_per_s(f)));
	text_copies_per_s(&line, s);
	add_time_of_faults(&line, s);
	buf_adds(out, "minflt/s ");
	text_wrap(out, line.data, 9, columns);
}

static void add_events(struct buf *out, const struct snapshot *s, size_t columns)
{
	static const char head[] = "event: ";
	size_t i;

	if (s->nevents)
		buf_addc(out, '\n');
	for (i = 0; i < s->nevents; i++) {
		cleanup(buf_release) struct buf line = { 0 };

		if (s->events[i].pid)
			buf_printf(&line, "pid %d: ", s->events[i].pid);
		buf_adds(&line, s->events[i].text);
		buf_adds(out, head);
		text_wrap(out, line.data, sizeof(head) - 1, columns);
	}
}

void text_snapshot(struct buf *out, const struct snapshot *s, const struct zone *zone, size_t columns)
{
	if (columns < COLUMNS_MIN)
		columns = COLUMNS_MIN;
	add_pool(out, s, zone, columns);
	add_kinship(out, s, columns);
	add_collapsed(out, s, columns);
	add_faults(out, s, columns);
	text_gc_master(out, s, columns);
	add_level(out, s, columns);
	text_processes(out, s, columns);
	text_gc_groups(out, s, columns);
	text_findings(out, s, columns);
	add_events(out, s, columns);
}

/* Of a pool: the classes are sums over the workers. */
enum {
	P_MASTER,
	P_WORKERS,
	P_RSS,
	P_PSS,
	P_FOOTPRINT,
	P_SAVED,
	P_PRIVATE,
	P_ORPH,
	P_COW,
	P_RATIO,
	P_FILECOW,
	P_NEW,
	P_MCOW,
	P_MRATIO,
	P_LEVEL
};

static void add_master(struct grid_row *row, const struct snapshot *s)
{
	struct copier copiers[COPIERS_MAX];
	size_t n = copiers_of(s, copiers);
	const struct copier *master = copiers_find(copiers, n, ROLE_MASTER);
	struct measure none = { .value = UNKNOWN };

	measure_mib(row->cell[P_MCOW], master ? master->bytes : none);
	text_marked_percent(row->cell[P_MRATIO], master ? master->ratio : none);
}

static void put_pages(char cell[static 20], const struct snapshot *s, struct measure pages)
{
	measure_mib(cell, measure_times(pages, (figure)s->facts->host.page_size));
}

static void add_one(struct grid *g, const struct snapshot *s)
{
	const struct figures *f = &s->pool;
	struct grid_row *row = grid_add(g);

	snprintf(row->cell[P_MASTER], sizeof(row->cell[P_MASTER]), s->facts->master_pid ? "%d" : "(%d)",
		 sample_leader(s->facts));
	units_format_count(row->cell[P_WORKERS], f->workers);
	units_format_mib(row->cell[P_RSS], f->memory.rss);
	measure_mib(row->cell[P_PSS], POOL_MEASURE(s, memory.pss));
	units_format_mib(row->cell[P_FOOTPRINT], f->footprint_bytes);
	units_format_mib(row->cell[P_SAVED], f->saved_bytes);
	measure_mib(row->cell[P_PRIVATE], POOL_MEASURE(s, private_bytes));
	put_pages(row->cell[P_ORPH], s, POOL_MEASURE(s, pages.orphaned));
	measure_mib(row->cell[P_COW], POOL_MEASURE(s, cow_broken_bytes));
	text_marked_percent(row->cell[P_RATIO], POOL_MEASURE(s, cow_broken_ratio));
	put_pages(row->cell[P_FILECOW], s, POOL_MEASURE(s, pages.cow_file));
	put_pages(row->cell[P_NEW], s, POOL_MEASURE(s, pages.new));
	add_master(row, s);
	snprintf(row->cell[P_LEVEL], sizeof(row->cell[P_LEVEL]), "%s", level_name(s->level));
	row->tail = s->command;
}

void text_pools(struct buf *out, const struct snapshot *snaps, size_t n, size_t columns)
{
	cleanup(grid_release) struct grid g = {
		.heads = { "MASTER", "WORKERS", "RSS", "PSS", "FOOTPRINT", "SAVED", "PRIVATE", "ORPH", "COW",
			   "COW%", "FILECOW", "NEW", "MCOW", "MCOW%", "<LEVEL" },
		.rank = { [P_PRIVATE] = 3,
			  [P_ORPH] = 3,
			  [P_FILECOW] = 3,
			  [P_NEW] = 3,
			  [P_SAVED] = 2,
			  [P_PSS] = 1 },
		.tail_head = "COMMAND",
		.tail_min = 10,
	};
	bool marked = false, gone = false;
	size_t i;

	for (i = 0; i < n; i++) {
		marked |= *label_mark(POOL_MEASURE(&snaps[i], copied_bytes).label) ||
			  *label_mark(POOL_MEASURE(&snaps[i], private_bytes).label);
		gone |= !snaps[i].facts->master_pid;
		add_one(&g, &snaps[i]);
	}
	buf_printf(out, "%zu pool%s, in MiB; copied by the workers (COW), by the master (MCOW)%s\n%s", n,
		   n == 1 ? "" : "s", gone ? GONE_MEANS : "", marked ? MARKS_MEAN "\n" : "");
	if (columns < COLUMNS_MIN)
		columns = COLUMNS_MIN;
	grid_print(&g, out, columns);
	for (i = 0; i < n; i++)
		text_pool_findings(out, &snaps[i], columns);
}
