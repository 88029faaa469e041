#include "sink/report_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "sink/html.h"

#define WORKERS_MOST 24 /* with a drawing or a lane of their own */
#define BINS 180
#define NEARLY 0.9 /* of an interval is all of it: clocks are read one after the other */

static size_t add_worker_plots(struct buf *out, const struct story *s, figure top)
{
	char shared[32], cow[32], new[32], label[32];
	size_t i, n = 0;

	for (i = 0; i < s->nprocesses && n < WORKERS_MOST; i++) {
		const struct story_process *p = &s->processes[i];
		struct plot plot = report_plot(out, s, top, true);
		cleanup(curve_release) struct curve c = { 0 };

		if (p->role != ROLE_WORKER)
			continue;
		n++;
		curve_of(s, p, 120, &c);
		buf_printf(out, "<div><h3>%s <small style=\"display:inline\">pid %d</small></h3>\n",
			   report_label(label, p->role, p->slot), p->pid);
		plot_begin(&plot, "Shared, copied and new memory of one worker", 74);
		curve_draw(&plot, &c);
		report_marks(&plot, s);
		buf_adds(out, "</svg></figure>\n");
		buf_printf(out, "<small>%s shared, %s copied, %s new</small></div>\n",
			   report_html_mib(shared, STORY_LEVEL(&p->last, shared, p->estimated)),
			   report_html_mib(cow, STORY_LEVEL(&p->last, cow_broken, p->estimated)),
			   report_html_mib(new, STORY_LEVEL(&p->last, new, p->estimated)));
	}
	return n;
}

void report_plot_workers(struct buf *out, const struct story *s)
{
	figure highest = 0;
	size_t i, shown;

	for (i = 0; i < s->nprocesses; i++) {
		cleanup(curve_release) struct curve c = { 0 };

		if (s->processes[i].role != ROLE_WORKER)
			continue;
		curve_of(s, &s->processes[i], 120, &c);
		highest = fmax(highest, curve_highest(&c));
	}
	if (!report_workers(s))
		return;
	html_section(out, "Each worker");
	buf_adds(out, "<p class=\"note\">All on one scale, over the whole recording; below the last "
		      "sample, in MiB.</p>\n<div class=\"workers\">\n");
	shown = add_worker_plots(out, s, plot_top(highest, true));
	buf_adds(out, "</div>\n");
	if (shown < report_workers(s))
		buf_printf(out, "<p class=\"note\">and %zu more</p>\n", report_workers(s) - shown);
	html_section_end(out);
}

static const char *gc_class(uint8_t gc)
{
	static const char *const names[] = {
		[STORY_GC_UNKNOWN] = "unknown",
		[STORY_GC_OFF] = "off",
		[STORY_GC_ON] = "on",
		[STORY_GC_OFF_FROZEN] = "off-frozen",
		[STORY_GC_ON_FROZEN] = "on-frozen",
	};

	return names[gc];
}

/* Full collections in more than a quarter of the points: ticks would hide the settings. */
static bool collects_often(const struct story_process *p)
{
	size_t i, n = 0;

	for (i = 0; i < p->npoints; i++)
		n += p->points[i].full > 0;
	return 4 * n > p->npoints;
}

/* A tick for each, or a band along the lower edge where it is one after the other. */
static void add_collections(const struct plot *plot, const struct story *s, const struct story_process *p,
			    figure low)
{
	const struct story_instant *axis = s->instants + p->from;
	bool often = collects_often(p);
	size_t i, k;

	for (i = 0; i < p->npoints; i = k + 1) {
		for (k = i; k < p->npoints && p->points[k].full > 0; k++) {
			if (!often)
				plot_rule(plot, "full", axis[k].at_s, low + 0.02, low + 0.98);
		}
		if (often && k > i)
			plot_box(plot, "fulls", axis[i ? i - 1 : 0].at_s, axis[k - 1].at_s, low + 0.02,
				 low + 0.25);
	}
}

/* Runs of one setting as boxes, collections on them. */
static void add_lane(const struct plot *plot, const struct story *s, const struct story_process *p,
		     figure low)
{
	const struct story_instant *axis = s->instants + p->from;
	figure begin = p->first_s, end;
	size_t i, k;

	for (i = 0; i < p->npoints; i = k) {
		for (k = i; k < p->npoints && p->points[k].gc == p->points[i].gc; k++)
			;
		end = k < p->npoints ? axis[k].at_s : p->last_s;
		plot_box(plot, gc_class(p->points[i].gc), begin, end, low + 0.15, low + 0.85);
		begin = end;
	}
	add_collections(plot, s, p, low);
}

/* The master's lane and those of the first workers; returns how many. */
static size_t lanes_of(const struct story *s, const struct story_process *queues[WORKERS_MOST])
{
	size_t i, n = 0;

	for (i = 0; i < s->nprocesses && n < WORKERS_MOST; i++) {
		if (s->processes[i].role != ROLE_HELPER && s->processes[i].settings.runtime != RUNTIME_NONE)
			queues[n++] = &s->processes[i];
	}
	return n;
}

static void add_gc_legend(struct buf *out)
{
	buf_adds(out, "<ul class=\"legend\">");
	plot_legend(out, "", "on", "collects by itself");
	plot_legend(out, "", "off", "off");
	plot_legend(out, "", "onfrozen", "on, frozen");
	plot_legend(out, "", "frozen", "off, frozen");
	plot_legend(out, "", "grid", "not known");
	plot_legend(out, "tick", "bad", "full collection");
	buf_adds(out, "</ul>\n");
}

void report_plot_gc(struct buf *out, const struct story *s)
{
	const struct story_process *queues[WORKERS_MOST];
	size_t n = lanes_of(s, queues), i;
	struct plot plot = report_plot(out, s, (figure)(n ? n : 1), false);
	char label[32];

	if (!n)
		return;
	html_section(out, "Garbage collection");
	buf_adds(out, "<p class=\"note\">How the collector of each process stands, and when it ran "
		      "through everything: a tick, or a band where it did again and again. The "
		      "time is that of the plot above.</p>\n");
	add_gc_legend(out);
	plot_begin(&plot, "Settings of the collector and full collections over time", (unsigned int)n * 20);
	for (i = 0; i < n; i++)
		add_lane(&plot, s, queues[i], (figure)(n - 1 - i));
	report_marks(&plot, s);
	plot_axes(&plot, false);
	buf_adds(out, "<div class=\"y\">");
	for (i = 0; i < n; i++) {
		report_label(label, queues[i]->role, queues[i]->slot);
		plot_label(&plot, (figure)(n - i) - 0.5,
			   queues[i]->role == ROLE_MASTER ? "master" : label + strlen("worker "));
	}
	buf_adds(out, "</div>\n");
	report_badges(&plot, s);
	plot_end(&plot);
	html_section_end(out);
}

/* Faults per second of all workers, bin by bin of time, stacked; a bin without a sample is left out. What is known
 * of a bin is what happened up to its last sample, x, since the last one of the bin before. */
struct bins {
	figure from[BINS], x[BINS], zero[BINS], level[4][BINS];
	struct story_faults sum[BINS];
	figure highest;
	size_t n;
};

/* Where less than the time since the bin before is known, there is a hole between the two. */
static figure begin_of(const struct bins *b, size_t i)
{
	figure before = 0, known_s = b->sum[i].known_s;
	size_t k;

	for (k = i; k-- > 0 && !(b->sum[k].known_s > 0);)
		;
	if (k < i)
		before = b->x[k];
	return known_s < (b->x[i] - before) * NEARLY ? b->x[i] - known_s : before;
}

static void bins_of(const struct story *s, struct bins *b)
{
	figure width = s->elapsed_s / BINS;
	size_t i, bin, last = BINS;

	for (i = 0; i < s->ninstants; i++) {
		bin = width > 0 ? (size_t)fmin(s->instants[i].at_s / width, BINS - 1) : 0;
		b->n += bin != last;
		last = bin;
		b->x[b->n - 1] = s->instants[i].at_s;
		story_faults_add(&b->sum[b->n - 1], &s->instants[i].mean.faults);
	}
	for (i = 0; i < b->n; i++) {
		const struct story_faults *f = &b->sum[i];

		b->from[i] = begin_of(b, i);
		b->level[0][i] = story_per_s(f, f->cow);
		b->level[1][i] = b->level[0][i] + story_per_s(f, f->new);
		b->level[2][i] = b->level[1][i] + story_per_s(f, f->file);
		b->level[3][i] = b->level[2][i] + story_per_s(f, story_other(f));
		b->highest = fmax(b->highest, b->level[3][i]);
	}
}

static void add_fault_hits(const struct plot *p, const struct story *s, const struct bins *b)
{
	char clock[32], cow[16], new[16], file[16], other[16], html[200];
	const struct story_faults none = { 0 };
	struct story_faults sum = none, *f = &sum;
	figure from = 0;
	size_t i;

	buf_adds(p->out, "<div class=\"hits\">\n");
	for (i = 0; i < b->n; i++) {
		story_faults_add(&sum, &b->sum[i]);
		if (!plot_hit_due(p, from, b->x[i]))
			continue;
		snprintf(html, sizeof(html), "%s<br>%s copies/s<br>%s new/s<br>%s file/s<br>%s other/s",
			 report_clock(clock, s, b->x[i]), units_format_count(cow, story_per_s(f, f->cow)),
			 units_format_count(new, story_per_s(f, f->new)),
			 units_format_count(file, story_per_s(f, f->file)),
			 units_format_count(other, story_per_s(f, story_other(f))));
		plot_hit(p, from, b->x[i], html);
		from = b->x[i];
		sum = none;
	}
	buf_adds(p->out, "</div>\n");
}

void report_plot_faults(struct buf *out, const struct story *s)
{
	static const char *const classes[] = { "cow", "new", "file", "other" };
	cleanup_free struct bins *b = xcalloc(1, sizeof(*b));
	struct plot plot;
	size_t i;

	bins_of(s, b);
	if (!(b->highest > 0))
		return;
	plot = report_plot(out, s, plot_top(b->highest, false), false);
	html_section(out, "Minor faults per second");
	buf_adds(out,
		 "<p class=\"note\">Of all workers, by what they were for, from one sample to the next.</p>\n"
		 "<ul class=\"legend\">");
	plot_legend(out, "", "cow", "copies of inherited pages");
	plot_legend(out, "", "new", "new memory");
	plot_legend(out, "", "file", "files");
	plot_legend(out, "", "other", "other: reuse, memory freed again");
	buf_adds(out, "</ul>\n");
	plot_begin(&plot, "Minor faults per second, split by cause", 170);
	plot_grid(&plot);
	for (i = 0; i < 4; i++)
		plot_steps(&plot, classes[i], b->from, b->x, i ? b->level[i - 1] : b->zero, b->level[i],
			   b->n);
	report_marks(&plot, s);
	plot_axes(&plot, true);
	report_badges(&plot, s);
	add_fault_hits(&plot, s, b);
	plot_end(&plot);
	html_section_end(out);
}
