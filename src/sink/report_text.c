#include "sink/report.h"

#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/units.h"
#include "sink/report_growth.h"
#include "sink/report_parts.h"
#include "sink/text_grid.h"
#include "sink/text_wrap.h"

#define UNSEEN_PART 20 /* faults that no sample has are told from this part of all on */
#define CHART_ROWS 8
#define CHART_COLUMNS 64
#define WORKERS_SHOWN 12
#define EVENTS_SHOWN 10
#define INTERVALS_SHOWN 12

static const char not_known[] = "not known";

static void add_pool(struct buf *out, const struct story *s, size_t columns)
{
	cleanup(buf_release) struct buf line = { 0 };
	char a[ZONE_SPAN], b[REPORT_MASTER], c[16];

	buf_printf(&line, "%s%smaster %s, %s", s->command, *s->command ? ": " : "", report_master_pid(b, s),
		   units_format_count(c, s->workers_last));
	buf_printf(&line, " worker%s", s->workers_last == 1 ? "" : "s");
	if (s->workers_most != s->workers_last)
		buf_printf(&line, " (at most %s)", units_format_count(c, s->workers_most));
	if (*s->host)
		buf_printf(&line, ", on %s", s->host);
	text_wrap(out, line.data, 0, columns);
	buf_printf(out, "%s, %s, %llu sample%s\n", zone_span(a, s->zone, s->begin_ns, s->end_ns),
		   report_span(c, s->elapsed_s), (unsigned long long)s->samples, s->samples == 1 ? "" : "s");
	buf_reset(&line);
	buf_printf(&line, "level %s%s%s", level_name(s->level), *s->missing ? ": without " : "", s->missing);
	if (report_is_marked(s))
		buf_adds(&line, "; " REPORT_MARKS);
	text_wrap(out, line.data, 0, columns);
}

static void add_memory(struct buf *out, const struct story *s, size_t columns)
{
	cleanup(buf_release) struct buf line = { 0 };
	char a[24], b[24], c[24];

	if (known(s->prefork_bytes))
		buf_printf(&line, "%s, which a worker could share at most",
			   measure_size(a, report_ceiling(s)));
	report_line(out, "ceiling", line.len ? line.data : not_known, columns);
	if (!known(s->footprint_last)) {
		report_line(out, "footprint", not_known, columns);
		return;
	}
	buf_reset(&line);
	buf_printf(&line, "%s at first, %s at the end, %s at most; sharing saves ",
		   units_format_size(a, s->footprint_first), units_format_size(b, s->footprint_last),
		   units_format_size(c, s->footprint_most));
	buf_adds(&line, units_format_size(a, s->saved_last));
	report_line(out, "footprint", line.data, columns);
}

static void add_erosion(struct buf *out, const struct story *s, size_t columns)
{
	const struct erosion *e = &s->erosion;
	cleanup(buf_release) struct buf line = { 0 };
	char a[24], b[16], c[20], d[16];

	if (known(e->first_hour_bytes))
		buf_printf(&line, "%s in the first hour; ",
			   report_change(a, report_rests(s, e->first_hour_bytes)));
	if (known(e->half_life_s))
		buf_printf(&line, "half-life %s, in the end %s would stay shared (%s workers, within %s)",
			   report_span(b, e->half_life_s),
			   measure_size(c, report_rests(s, e->asymptote_bytes)),
			   units_format_count(d, e->workers), units_format_size(a, e->residual_bytes));
	else
		buf_printf(&line, "no half-life: %s", e->why);
	report_line(out, "erosion", line.data, columns);
}

static void add_collections(struct buf *out, const struct story *s, size_t columns)
{
	cleanup(buf_release) struct buf line = { 0 };
	char a[20];

	buf_printf(&line, "%s seen", units_format_count(a, s->full_collections));
	report_collections(&line, s);
	report_line(out, "full gc", line.data, columns);
}

static void add_collapsed(struct buf *out, const struct story *s, size_t columns)
{
	cleanup(buf_release) struct buf line = { 0 };

	if (report_collapsed(&line, s))
		report_line(out, "collapsed", line.data, columns);
}

/* What stands at a height of the stack: the highest band that reaches it. */
static char chart_sign(const struct curve *c, size_t i, figure height)
{
	if (c->shared[i] >= height)
		return '.';
	if (c->orphaned[i] >= height)
		return 'o';
	if (c->cow[i] >= height)
		return '#';
	return c->new[i] >= height ? '+' : ' ';
}

/* Workers that came and went between two samples, and the ends of others: the kernel has counted them. */
static void add_ended(struct buf *out, const struct story *s, size_t columns)
{
	cleanup(buf_release) struct buf line = { 0 };
	figure seen = s->faults.known_s > 0 ? s->faults.minor : 0;
	char a[16], b[16];

	if (!(s->ended_unseen * UNSEEN_PART > seen + s->ended_unseen))
		return;
	buf_printf(&line,
		   "%s minor faults of processes that ended and were waited for, %s of them in no sample",
		   units_format_count(a, s->ended_minor), units_format_count(b, s->ended_unseen));
	report_line(out, "ended", line.data, columns);
}

/* Of a process, or NULL: of the workers on average. */
static void add_chart(struct buf *out, const struct story *s, const struct story_process *p)
{
	cleanup(curve_release) struct curve c = { 0 };
	char size[16], begin[32], end[32], line[CHART_COLUMNS + 1];
	const struct story_point *last;
	bool estimated;
	figure highest, at_s;
	size_t row, i, k, len;

	curve_of(s, p, STORY_POINTS, &c);
	highest = curve_highest(&c);
	if (!(highest > 0) || c.n < 2)
		return;
	last = p ? &p->last : &s->instants[s->ninstants - 1].mean;
	estimated = p ? p->estimated : s->estimated;
	buf_printf(out, "\n%s: . shared  o orphaned  # %scopied  + %snew\n",
		   p ? report_label(end, p->role, p->slot) : "a worker on average",
		   label_words(STORY_LEVEL(last, cow_broken, estimated).label),
		   label_words(STORY_LEVEL(last, new, estimated).label));
	for (row = 0; row < CHART_ROWS; row++) {
		figure height = highest * (CHART_ROWS - (figure)row - 0.5) / CHART_ROWS;

		for (i = k = len = 0; i < CHART_COLUMNS; i++) {
			at_s = s->elapsed_s * (figure)i / (CHART_COLUMNS - 1);
			while (k + 1 < c.n && c.x[k] < at_s - 1e-9)
				k++;
			line[i] = chart_sign(&c, k, height);
			if (line[i] != ' ')
				len = i + 1;
		}
		*size = '\0';
		if (!row || row == CHART_ROWS / 2)
			units_format_size(size, row ? highest / 2 : highest);
		buf_printf(out, "%10s |%.*s\n", size, (int)len, line);
	}
	buf_printf(out, "%10s +%-*s%s\n", "", CHART_COLUMNS - 8, report_clock(begin, s, 0),
		   report_clock(end, s, s->elapsed_s));
}

enum { WHO, PID, SEEN, SHARED, PRIVATE, ORPH, COW, FILECOW, NEW, GROWTH, FULL, FIRST, LATER };

static void add_growth(char cell[static 20], struct measure m)
{
	char size[16];

	snprintf(cell, 20, "%s%s%s", label_mark(m.label), m.value < 0 ? "-" : "",
		 units_format_mib(size, fabs(m.value)));
}

static void add_workers(struct buf *out, const struct story *s, size_t columns)
{
	const char *growth = report_has_minutes(s) ? "GROWTH/min" : "GAINED";
	cleanup(grid_release) struct grid g = {
		.heads = { "<PROCESS", "PID", "FOR", "SHARED", "PRIVATE", "ORPH", "COW", "FILECOW", "NEW",
			   growth, "FULL", "1ST", "LATER" },
		.rank = { [SEEN] = 3, [FULL] = 2, [FIRST] = 2, [LATER] = 2, [GROWTH] = 1 },
	};
	size_t i, more = 0;

	for (i = 0; i < s->nprocesses; i++) {
		const struct story_process *p = &s->processes[i];
		struct grid_row *row;
		char label[32], size[16];

		if (g.n == WORKERS_SHOWN) {
			more++;
			continue;
		}
		row = grid_add(&g);
		snprintf(row->cell[WHO], sizeof(row->cell[WHO]), "%.16s",
			 report_label(label, p->role, p->slot));
		snprintf(row->cell[PID], sizeof(row->cell[PID]), "%d", p->pid);
		report_span(size, p->last_s - p->first_s);
		memcpy(row->cell[SEEN], size, sizeof(size));
		measure_mib(row->cell[SHARED], STORY_LEVEL(&p->last, shared, p->estimated));
		measure_mib(row->cell[PRIVATE], STORY_LEVEL(&p->last, private, p->estimated));
		measure_mib(row->cell[ORPH], STORY_LEVEL(&p->last, orphaned, p->estimated));
		measure_mib(row->cell[COW], STORY_LEVEL(&p->last, cow_broken, p->estimated));
		measure_mib(row->cell[FILECOW], STORY_LEVEL(&p->last, cow_file, p->estimated));
		measure_mib(row->cell[NEW], STORY_LEVEL(&p->last, new, p->estimated));
		add_growth(row->cell[GROWTH], report_growth(s, p));
		units_format_count(row->cell[FULL], p->full_collections);
		measure_mib(row->cell[FIRST], measure_make(p->first_full_bytes, UNKNOWN, p->estimated));
		measure_mib(row->cell[LATER], measure_make(p->later_full_bytes, UNKNOWN, p->estimated));
	}
	buf_adds(out, "\nas last seen, in MiB; PRIVATE: ORPH + COW + FILECOW + NEW; 1ST, LATER: copied at\n"
		      "the first full collection seen, and at each later one\n");
	grid_print(&g, out, columns);
	if (more + s->unfollowed)
		buf_printf(out, "and %llu more\n", (unsigned long long)(more + s->unfollowed));
}

static void add_intervals(struct buf *out, const struct story *s, size_t columns)
{
	cleanup(grid_release) struct grid g = {
		.heads = { "FROM", "FOR", "WORKERS", "PRIVATE", "COW", "SHARED", "FULL", "MCOW" },
		.tail_head = "MARK",
		.tail_min = 12,
	};
	char clock[32];
	size_t i;

	if (!s->nintervals)
		return;
	for (i = 0; i < s->nintervals && i < INTERVALS_SHOWN; i++) {
		const struct story_interval *at = &s->intervals[i];
		const figure gains[] = { at->private_bytes.mean, at->cow_bytes.mean, at->shared_bytes.mean,
					 at->master_cow_bytes };
		struct grid_row *row = grid_add(&g);

		snprintf(row->cell[0], sizeof(row->cell[0]), "%.19s", report_clock(clock, s, at->from_s));
		report_span(row->cell[1], at->to_s - at->from_s);
		units_format_count(row->cell[2], at->private_bytes.n);
		for (size_t k = 0; k < 4; k++) {
			char size[16];

			snprintf(row->cell[k < 3 ? 3 + k : 7], sizeof(row->cell[0]), "%s%s%s",
				 label_mark(measure_make(gains[k], UNKNOWN,
							 k < 3 ? s->estimated : s->estimated_all)
						    .label),
				 !known(gains[k]) ? "" :
				 gains[k] < 0     ? "-" :
						    "+",
				 units_format_mib(size, fabs(gains[k])));
		}
		units_format_count(row->cell[6], at->full_collections);
		row->tail = *at->text ? at->text : "(the beginning)";
	}
	buf_adds(out, "\nbetween marks a worker gained, in MiB; MCOW: the master copied\n");
	grid_print(&g, out, columns);
	if (i < s->nintervals)
		buf_printf(out, "and %zu more\n", s->nintervals - i);
}

/* Does an interval begin with it? `*row` is where to look from, marks being asked in their order. */
static bool has_row(const struct story *s, const struct story_mark *m, size_t *row)
{
	size_t i;

	for (i = *row; i < s->nintervals; i++) {
		if (s->intervals[i].text == m->text) {
			*row = i + 1;
			return true;
		}
	}
	return false;
}

/* Marks that the table has no row for: those behind the last sample, or the others. */
static void add_bare_marks(struct buf *out, const struct story *s, bool late, size_t columns)
{
	size_t i, row = 0, shown = 0, more = 0;
	char clock[32];

	for (i = 0; i < s->nmarks; i++) {
		if (story_is_late(s, &s->marks[i]) != late || has_row(s, &s->marks[i], &row))
			continue;
		if (shown == INTERVALS_SHOWN) {
			more++;
			continue;
		}
		if (!shown++)
			buf_adds(out, late ? "\nmarks after the last sample\n" :
					     "\nother marks, no sample up to the next one\n");
		report_clock(clock, s, s->marks[i].at_s);
		buf_printf(out, "  %s ", clock);
		text_cut(out, s->marks[i].text, columns - strlen(clock) - 3);
		buf_addc(out, '\n');
	}
	if (more)
		buf_printf(out, "and %zu more\n", more);
}

static void add_event_counts(struct buf *out, const struct story *s)
{
	const char *comma = "";
	size_t i;

	for (i = 0; i < STORY_EVENT_TYPES; i++) {
		if (!s->event_counts[i])
			continue;
		buf_printf(out, "%s%llu %s", comma, (unsigned long long)s->event_counts[i],
			   event_type_name((enum event_type)i));
		comma = ", ";
	}
}

/* The first half of what is shown from the beginning, the rest from the end. */
static void add_events(struct buf *out, const struct story *s, size_t columns)
{
	cleanup(buf_release) struct buf counts = { 0 };
	size_t i, skip = s->nevents > EVENTS_SHOWN ? s->nevents - EVENTS_SHOWN : 0;
	char clock[32];

	if (!s->nevents)
		return;
	add_event_counts(&counts, s);
	buf_addc(out, '\n');
	report_line(out, "events", counts.data, columns);
	for (i = 0; i < s->nevents; i++) {
		const struct event *e = &s->events[i];

		if (skip && i == EVENTS_SHOWN / 2) {
			buf_adds(out, "  ...\n");
			i += skip;
			e = &s->events[i];
		}
		report_clock(clock, s, (figure)(e->time_ns - s->begin_ns) / SECOND);
		buf_printf(out, "  %s ", clock);
		text_wrap(out, e->text, strlen(clock) + 3, columns);
	}
}

static void add_findings(struct buf *out, const struct story *s, size_t columns)
{
	size_t i;

	if (s->nfindings)
		buf_addc(out, '\n');
	for (i = 0; i < s->nfindings; i++)
		report_line(out, "finding:", s->findings[i].text, columns);
}

static void add_cost(struct buf *out, const struct story *s)
{
	char cost[16], percent[16];

	buf_printf(out, "\ncowtop took %s of CPU time for it", report_span(cost, s->cost_s));
	if (s->elapsed_s > 0)
		buf_printf(out, ", %s%% of one CPU", text_percent(percent, s->cost_s / s->elapsed_s));
	buf_addc(out, '\n');
}

void report_text(struct buf *out, const struct story *s, size_t columns)
{
	if (columns < 80)
		columns = 80;
	add_pool(out, s, columns);
	buf_addc(out, '\n');
	report_text_load(out, s, columns);
	add_memory(out, s, columns);
	report_text_loss(out, s, columns);
	report_text_growth(out, s, columns);
	add_erosion(out, s, columns);
	add_collections(out, s, columns);
	report_text_faults(out, s, columns);
	add_collapsed(out, s, columns);
	add_ended(out, s, columns);
	add_chart(out, s, NULL);
	if (story_master_matters(s) && report_master(s))
		add_chart(out, s, report_master(s));
	add_workers(out, s, columns);
	add_intervals(out, s, columns);
	add_bare_marks(out, s, false, columns);
	add_bare_marks(out, s, true, columns);
	report_text_why(out, s, columns);
	report_text_stacks(out, s, columns);
	add_findings(out, s, columns);
	add_events(out, s, columns);
	add_cost(out, s);
}
