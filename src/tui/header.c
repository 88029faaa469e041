#include "tui/header.h"

#include <stdio.h>
#include <string.h>
#include "base/units.h"
#include "model/copiers.h"
#include "tui/format.h"
#include "tui/header_cost.h"
#include "tui/header_trend.h"
#include "tui/line.h"
#include "tui/pane.h"
#include "tui/spark.h"
#include "tui/thresholds.h"

/* From this share of the workers' private memory on, their copies of file pages are named. */
#define FILES_PART 0.1

static void add_size(struct line *l, int order, const char *name, figure bytes)
{
	char text[16];

	line_add(l, order, known_paint(bytes), name, "%s", units_format_size(text, bytes));
}

static void add_count(struct line *l, int order, enum paint paint, const char *name, figure count)
{
	char text[16];

	line_add(l, order, known(count) ? paint : PAINT_DIM, name, "%s", units_format_count(text, count));
}

/* Hundredths of a percent -> ratio. */
static figure pressure_of(fact f)
{
	return figure_of(f) / 10000;
}

static void add_pressure(struct line *l, int order, const struct host_sample *h)
{
	figure some = pressure_of(h->pressure_some), full = pressure_of(h->pressure_full);
	char a[32], b[32];

	if (known(some))
		line_add(l, order, pressure_paint(some), "pressure", "%s%%/%s%%", format_percent(a, some),
			 format_percent(b, full));
}

/* Memory of the machine, or of the cgroup when it has a limit: the pool runs into that first. */
static void draw_host(const struct ui_model *m, struct cells *c, int row, int column, int width)
{
	const struct host_sample *h = &m->shown->facts->host;
	figure whole = figure_of(h->memory_bytes), left = figure_of(h->available_bytes);
	figure limit = figure_of(h->cgroup_limit_bytes), used = figure_of(h->cgroup_used_bytes);
	struct line l = { .label = known(limit) ? "CGRP" : "HOST" };
	char text[16], percent[32];

	if (known(limit)) {
		add_size(&l, 0, "limit", limit);
		line_add(&l, 1, left_paint(limit - used, limit), "used", "%s %s%%",
			 units_format_size(text, used), format_percent(percent, used / limit));
	} else {
		add_size(&l, 1, "total", whole);
	}
	line_add(&l, known(limit) ? 3 : 0, left_paint(left, whole),
		 known(limit) ? "host available" : "available", "%s", units_format_size(text, left));
	add_size(&l, 5, "cache", figure_of(h->cached_bytes));
	add_size(&l, 4, "swap", figure_of(h->swap_used_bytes));
	add_pressure(&l, 2, h);
	line_draw(&l, c, row, column, width);
}

static const char *copied_by(const struct copier *c, bool first)
{
	if (c->role == ROLE_MASTER)
		return first ? "master copied" : "by master";
	if (c->role == ROLE_HELPER)
		return first ? "helpers copied" : "by helpers";
	return first ? "copied" : "by workers";
}

/* Who copied most, and the others: a ratio of one side must not hide what the other does. */
static void add_copies(struct line *l, const struct snapshot *s)
{
	struct copier copiers[COPIERS_MAX];
	size_t n = copiers_of(s, copiers), i;
	char size[20], percent[32];

	for (i = 0; i < n; i++) {
		const struct copier *c = &copiers[i];
		bool told = known(c->ratio.value);

		line_add(l, !i || copier_matters(c, s) ? 0 : 4, ratio_paint(c->ratio.value), copied_by(c, !i),
			 "%s%s%s%s", measure_size(size, c->bytes), told ? " " : "",
			 told ? format_marked_percent(percent, c->ratio) : "", told ? "%" : "");
	}
}

/* What a worker shares, on average. */
static struct measure shared_each(const struct snapshot *s)
{
	return measure_times(POOL_MEASURE(s, shared_bytes),
			     s->pool.workers > 0 ? 1 / s->pool.workers : UNKNOWN);
}

/* Weights that workers mapped privately from a file and wrote: in a narrow table they have no column. */
static void add_file_copies(struct line *l, const struct snapshot *s)
{
	figure pages = s->pool.pages.cow_file, page_size = (figure)s->facts->host.page_size;
	char size[20];

	if (pages > 0 && pages * page_size >= FILES_PART * s->pool.private_bytes)
		line_add(l, 0, PAINT_PLAIN, "file copies", "%s",
			 measure_size(size, measure_times(POOL_MEASURE(s, pages.cow_file), page_size)));
}

static void draw_pool(const struct ui_model *m, struct cells *c, int row, int column, int width)
{
	const struct figures *f = &m->shown->pool;
	struct measure each = shared_each(m->shown);
	figure shared = each.value;
	struct line l = { .label = "POOL" };
	char a[20], b[20];

	line_add(&l, 2, known_paint(f->footprint_bytes), "footprint", "%s",
		 measure_size(a, POOL_MEASURE(m->shown, footprint_bytes)));
	line_add(&l, 5, known_paint(f->saved_bytes), "saved", "%s",
		 measure_size(a, POOL_MEASURE(m->shown, saved_bytes)));
	line_add(&l, 6, known_paint(f->memory.pss), "PSS", "%s",
		 measure_size(a, POOL_MEASURE(m->shown, memory.pss)));
	line_add(&l, 1, known_paint(shared), "shared", "%s/%s%s", known(shared) ? measure_mib(a, each) : "-",
		 measure_mib(b, POOL_MEASURE(m->shown, prefork_bytes)), known(shared) ? " MiB each" : "");
	line_add(&l, 3, known_paint(f->private_bytes), "private", "%s",
		 measure_size(a, POOL_MEASURE(m->shown, private_bytes)));
	add_copies(&l, m->shown);
	add_file_copies(&l, m->shown);
	if (f->pages.collapsed > 0)
		line_add(&l, 2, PAINT_WARN, "of it by the kernel", "%s",
			 measure_size(a, measure_times(POOL_MEASURE(m->shown, pages.collapsed),
						       (figure)m->shown->facts->host.page_size)));
	line_draw(&l, c, row, column, width);
}

/* The other figures of the line are the workers'. */
static void add_other_copies(struct line *l, const struct snapshot *s)
{
	struct copier copiers[COPIERS_MAX];
	size_t n = copiers_of(s, copiers), i;
	char count[20];

	for (i = 0; i < n; i++) {
		if (copiers[i].role != ROLE_WORKER && copiers[i].per_s.value > 0)
			line_add(l, 1, split_paint(SPLIT_COW),
				 copiers[i].role == ROLE_MASTER ? "master cow" : "helpers cow", "%s",
				 measure_count(count, copiers[i].per_s));
	}
}

/* Where the pages are not those of the interval: of which time the line is. */
static void add_time_of_faults(struct line *l, const struct snapshot *s)
{
	char span[16], age[16];

	if (!snapshot_faults_apart(s))
		return;
	units_format_count(span, s->pool.faults.span_s);
	units_format_count(age, s->pool.pages_age_s);
	if (s->pool.pages_age_s > 0)
		line_add(l, 1, PAINT_WARN, "in", "%ss until %ss ago", span, age);
	else
		line_add(l, 1, PAINT_PLAIN, "in", "%ss", span);
	if (s->pool.pages_age_s > 0)
		add_count(l, 6, PAINT_PLAIN, "minflt/s now", s->pool.faults.minor_per_s);
}

static struct measure split_measure(const struct snapshot *s, int split)
{
	switch (split) {
	case SPLIT_COW:
		return POOL_MEASURE(s, faults.cow_per_s);
	case SPLIT_NEW:
		return POOL_MEASURE(s, faults.new_per_s);
	case SPLIT_FILE:
		return POOL_MEASURE(s, faults.file_per_s);
	default:
		return POOL_MEASURE(s, faults.other_per_s);
	}
}

static void draw_faults(const struct ui_model *m, struct cells *c, int row, int column, int width)
{
	const struct fault_figures *f = &m->shown->pool.faults;
	struct line l = { .label = "FLT" };
	char text[32], count[20];
	int s;

	add_count(&l, 0, PAINT_PLAIN, "minflt/s", faults_minor_per_s(f));
	for (s = 0; s < SPLITS; s++)
		line_add(&l, s == SPLIT_COW ? 1 : 2 + s, known(split_of(f, s)) ? split_paint(s) : PAINT_DIM,
			 split_word(s), "%s", measure_count(count, split_measure(m->shown, s)));
	if (f->collapsed_per_s > 0)
		add_count(&l, 1, PAINT_WARN, "no fault: collapsed/s", f->collapsed_per_s);
	add_other_copies(&l, m->shown);
	add_count(&l, 2, major_paint(faults_major_per_s(f)), "majflt/s", faults_major_per_s(f));
	add_time_of_faults(&l, m->shown);
	line_add(&l, 6, known_paint(f->correlation), "cow with minflt r", "%s",
		 format_hundredths(text, f->correlation));
	line_draw(&l, c, row, column, width);
}

/* Why there are no settings of a collector: there is none, or it could not be read. */
static const char *gc_absent(const struct snapshot *s)
{
	size_t i;

	for (i = 0; i < s->nprocs; i++) {
		enum runtime runtime = s->procs[i].facts->gc.runtime;

		if (runtime_untold(runtime))
			return runtime_untold(runtime);
		if (runtime != RUNTIME_NONE)
			return "settings could not be read";
	}
	return "no collector recognised";
}

static void add_group(struct line *l, int order, const struct gc_group *g)
{
	char settings[64], name[24];

	snprintf(name, sizeof(name), "%zu worker%s", g->npids, g->npids == 1 ? "" : "s");
	line_add(l, order, g->enabled == 0 ? PAINT_GOOD : PAINT_PLAIN, name, "%s",
		 format_gc(settings, g->runtime, g->enabled, g->thresholds, g->frozen));
}

/* Memory that only grows has no ceiling, as copies have: its rate stands in the header. */
static void add_growth(struct line *l, int order, const struct snapshot *s)
{
	char rate[16];
	size_t i;

	for (i = 0; i < s->nfindings; i++) {
		const struct finding *f = &s->findings[i];

		if (f->kind == FINDING_GROWTH)
			line_add(l, order, PAINT_WARN, "grows", "%s%s/min", label_mark(f->label),
				 units_format_size(rate, f->value));
	}
}

static void draw_gc(const struct ui_model *m, struct cells *c, int row, int column, int width)
{
	const struct snapshot *s = m->shown;
	const struct gc_state *master = s->nprocs && s->facts->master_pid ? gc_state_of(&s->procs[0]) : NULL;
	struct line l = { .label = "GC" };
	char settings[64];
	size_t i;

	if (master)
		line_add(&l, 2, PAINT_PLAIN, "master", "%s",
			 format_gc(settings, RUNTIME_CPYTHON, master->enabled, master->thresholds,
				   master->any_frozen));
	for (i = 0; i < s->ngc_groups && i < 4; i++)
		add_group(&l, i ? 3 + (int)i : 1, &s->gc_groups[i]);
	if (!l.n)
		line_add(&l, 1, PAINT_DIM, "", "%s", gc_absent(s));
	add_growth(&l, 3, s);
	if (s->nfindings)
		line_add(&l, 0, PAINT_WARN, "", "%zu finding%s: press g", s->nfindings,
			 s->nfindings == 1 ? "" : "s");
	line_draw(&l, c, row, column, width);
}

/* The lines of the header from the top down; the one with the highest order is left out first. */
typedef void draw_fn(const struct ui_model *m, struct cells *c, int row, int column, int width);
typedef void draw_trend_fn(const struct ui_model *m, const struct ui *ui, struct cells *c, int row,
			   int column, int width);

static const struct header_row {
	draw_fn *draw;
	draw_trend_fn *draw_trend;
	int order;
} tops[] = {
	{ draw_host, NULL, 5 },          { draw_pool, NULL, 0 },
	{ draw_faults, NULL, 1 },        { draw_gc, NULL, 2 },
	{ header_cost, NULL, 4 },        { NULL, header_cow_trend, 3 },
	{ NULL, header_split_trend, 6 },
};
#define TOPS ((int)(sizeof(tops) / sizeof(*tops)))

/* The pane of faults has the trends at large. */
static bool is_wanted(const struct ui *ui, const struct header_row *t)
{
	return t->draw || !ui->pane->has_trends;
}

/* While call stacks are on, the line with their cost is the last to be left out. */
static int order_of(const struct ui_model *m, const struct ui *ui, const struct header_row *t)
{
	return ui_watches(ui, m) && t->draw == header_cost ? -1 : t->order;
}

/* How many lines are more important than this one. */
static int rank_of(const struct ui_model *m, const struct ui *ui, const struct header_row *t)
{
	int i, rank = 0;

	for (i = 0; i < TOPS; i++)
		rank += is_wanted(ui, &tops[i]) && order_of(m, ui, &tops[i]) < order_of(m, ui, t);
	return rank;
}

int header_lines(const struct ui_model *m, const struct ui *ui, int rows)
{
	int i, n = 0;

	for (i = 0; m->shown && i < TOPS; i++)
		n += is_wanted(ui, &tops[i]) && rank_of(m, ui, &tops[i]) < rows;
	return n;
}

void header_draw(const struct ui_model *m, const struct ui *ui, struct cells *c, int row, int rows)
{
	int i;

	for (i = 0; i < TOPS; i++) {
		if (!is_wanted(ui, &tops[i]) || rank_of(m, ui, &tops[i]) >= rows)
			continue;
		if (tops[i].draw)
			tops[i].draw(m, c, row++, 0, c->columns);
		else
			tops[i].draw_trend(m, ui, c, row++, 0, c->columns);
	}
}
