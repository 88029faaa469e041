#include <stdio.h>
#include <stdlib.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "sink/html.h"
#include "sink/plot.h"
#include "sink/trial_html_parts.h"
#include "sink/trial_parts.h"

#define POINTS 144  /* of the mean of runs */
#define RUNS_MOST 8 /* of a variant with a line of their own */
#define HEIGHT 280
#define KEY_HEIGHT 19
#define KEY_WIDTH 0.04 /* of the drawing, which is some 1000 pixels wide */
#define ROUNDS 200     /* of moving numbers apart: enough for a dozen in one place */

/* One drawing: a figure of struct story_instant over the time since each recording began. */
struct curves {
	const char *title, *note;
	size_t offset;
};

static const struct curves copied = {
	"Copied by a worker", "Inherited pages that a worker has replaced by a copy of its own, on average.",
	offsetof(struct story_instant, mean.cow_broken)
};
/* Where nothing tells copies from other private memory. */
static const struct curves private = {
	"Private to a worker", "Memory that nobody else has, on average: what of it was copied is not known.",
	offsetof(struct story_instant, mean.private)
};
static const struct curves pool = { "The pool", "What all of its processes cost together (footprint).",
				    offsetof(struct story_instant, footprint) };

static figure get(const struct story *s, size_t i, size_t offset)
{
	return *(const figure *)((const char *)&s->instants[i] + offset);
}

/* A level goes straight from one sample to the next. Unknown outside of the recording and in a hole. */
static figure value_at(const struct story *s, size_t offset, figure at_s)
{
	const struct story_instant *a = s->instants;
	size_t low = 0, high = s->ninstants;
	figure from, to;

	if (!high || at_s < a[0].at_s || at_s > a[high - 1].at_s)
		return UNKNOWN;
	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (a[middle].at_s <= at_s)
			low = middle;
		else
			high = middle;
	}
	from = get(s, low, offset);
	if (a[low].at_s >= at_s || low + 1 == s->ninstants)
		return from;
	to = get(s, low + 1, offset);
	return from + (to - from) * (at_s - a[low].at_s) / (a[low + 1].at_s - a[low].at_s);
}

/* Of all runs, where each of them is known. */
static figure mean_at(const struct trial_variant *v, size_t offset, figure at_s)
{
	figure sum = 0;

	for (size_t i = 0; i < v->runs; i++)
		sum += value_at(v->stories[i], offset, at_s);
	return v->runs ? sum / (figure)v->runs : UNKNOWN;
}

/* Where the mean ends: with the shortest run. */
static figure end_of(const struct trial_variant *v)
{
	figure end = UNKNOWN;

	for (size_t i = 0; i < v->runs; i++) {
		const struct story *s = v->stories[i];

		if (s->ninstants)
			end = fmin(known(end) ? end : INFINITY, s->instants[s->ninstants - 1].at_s);
	}
	return end;
}

static figure highest_of(const struct trial *t, size_t offset)
{
	figure highest = 0;

	for (size_t i = 0; i < t->n; i++) {
		for (size_t k = 0; k < t->variants[i].runs; k++) {
			const struct story *s = t->variants[i].stories[k];

			for (size_t j = 0; j < s->ninstants; j++)
				highest = fmax(highest, get(s, j, offset));
		}
	}
	return highest;
}

static figure longest_of(const struct trial *t)
{
	figure longest = 0;

	for (size_t i = 0; i < t->n; i++) {
		for (size_t k = 0; k < t->variants[i].runs; k++)
			longest = fmax(longest, t->variants[i].stories[k]->elapsed_s);
	}
	return longest;
}

static void draw_run(const struct plot *p, const struct story *s, size_t offset, const char *class)
{
	cleanup_free figure *x = xcalloc(s->ninstants + 1, sizeof(*x));
	cleanup_free figure *y = xcalloc(s->ninstants + 1, sizeof(*y));

	for (size_t i = 0; i < s->ninstants; i++) {
		x[i] = s->instants[i].at_s;
		y[i] = get(s, i, offset);
	}
	plot_line(p, class, x, y, s->ninstants);
}

static void draw_mean(const struct plot *p, const struct trial_variant *v, size_t offset, const char *class)
{
	figure x[POINTS], y[POINTS], end = end_of(v);

	for (size_t i = 0; i < POINTS; i++) {
		x[i] = end * (figure)i / (POINTS - 1);
		y[i] = mean_at(v, offset, x[i]);
	}
	plot_line(p, class, x, y, POINTS);
}

/* Runs first: means lie over all of them. */
static void draw_all(const struct plot *p, const struct trial *t, size_t offset)
{
	char class[TRIAL_LINE], run[TRIAL_LINE + 8];

	for (size_t i = 0; i < t->n; i++) {
		const struct trial_variant *v = &t->variants[i];

		trial_line(class, i);
		snprintf(run, sizeof(run), "run%.3s", class + 1);
		for (size_t k = 0; v->runs > 1 && k < v->runs && k < RUNS_MOST; k++)
			draw_run(p, v->stories[k], offset, run);
	}
	for (size_t i = 0; i < t->n; i++) {
		if (t->variants[i].runs)
			draw_mean(p, &t->variants[i], offset, trial_line(class, i));
	}
}

/* ---- the numbers at the ends of the lines */

struct end {
	size_t variant;
	figure at_s, down; /* in pixels from the upper edge */
};

static int compare_ends(const void *a, const void *b)
{
	const struct end *x = a, *y = b;

	return (x->down > y->down) - (x->down < y->down);
}

/* How far the second has to go down from the first, so that it is not over it: not at all where it is beside it. */
static figure lacks(const struct end *first, const struct end *second, figure elapsed_s)
{
	if (fabs(first->at_s - second->at_s) > KEY_WIDTH * elapsed_s)
		return 0;
	return first->down + KEY_HEIGHT - second->down;
}

/* Two that are over another go apart by as much each, until none are. */
static void part_ends(struct end *ends, size_t n, figure elapsed_s)
{
	bool moved = true;

	qsort(ends, n, sizeof(*ends), compare_ends);
	for (size_t round = 0; moved && round < ROUNDS; round++) {
		moved = false;
		for (size_t i = 1; i < n; i++) {
			for (size_t k = 0; k < i; k++) {
				figure by = lacks(&ends[k], &ends[i], elapsed_s);

				if (by < 0.5)
					continue;
				ends[k].down -= by / 2;
				ends[i].down += by / 2;
				moved = true;
			}
		}
	}
}

static void add_ends(const struct plot *p, const struct trial *t, size_t offset)
{
	cleanup_free struct end *ends = xcalloc(t->n + 1, sizeof(*ends));
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		figure at_s = end_of(&t->variants[i]), value = mean_at(&t->variants[i], offset, at_s);

		if (known(value))
			ends[n++] = (struct end){ i, at_s, (1 - value / p->top) * HEIGHT };
	}
	part_ends(ends, n, p->elapsed_s);
	buf_adds(p->out, "<div class=\"ends\">");
	for (size_t i = 0; i < n; i++) {
		int left = (int)lround(fmin(ends[i].at_s / p->elapsed_s, 1) * 10000);

		buf_printf(p->out, "<span style=\"position:absolute;left:%d.%02d%%;top:%dpx\">", left / 100,
			   left % 100, (int)lround(ends[i].down));
		trial_key(p->out, ends[i].variant);
		buf_adds(p->out, "</span>");
	}
	buf_adds(p->out, "</div>\n");
}

/* ---- read-outs */

static void add_hits(const struct plot *p, const struct trial *t, size_t offset)
{
	figure from = 0, step = p->elapsed_s / PLOT_HITS;

	buf_adds(p->out, "<div class=\"hits\">\n");
	for (size_t i = 1; i <= PLOT_HITS; i++) {
		cleanup(buf_release) struct buf html = { 0 };
		figure to = step * (figure)i;
		char text[24];

		for (size_t k = 0; k < t->n; k++) {
			figure value = mean_at(&t->variants[k], offset, (from + to) / 2);

			if (!known(value))
				continue;
			buf_adds(&html, html.len ? "<br>" : "");
			buf_printf(&html, "%zu ", k);
			html_text(&html, t->variants[k].name);
			buf_printf(&html, " %s", units_format_size(text, value));
		}
		if (html.len)
			plot_hit(p, from, to, html.data);
		from = to;
	}
	buf_adds(p->out, "</div>\n");
}

static void add_legend(struct buf *out, const struct trial *t)
{
	char class[TRIAL_LINE];

	buf_adds(out, "<ul class=\"lines\">");
	for (size_t i = 0; i < t->n; i++) {
		if (!t->variants[i].runs)
			continue;
		buf_adds(out, "<li>");
		trial_key(out, i);
		buf_printf(out, "<svg viewBox=\"0 0 34 10\"><path class=\"%s\" d=\"M0 5H34\"/></svg>",
			   trial_line(class, i));
		html_text(out, t->variants[i].name);
		if (trial_is_void(t, &t->variants[i]))
			buf_printf(out, " <em class=\"void\">%s</em>", trial_verdict(t, &t->variants[i]));
		buf_adds(out, "</li>");
	}
	buf_adds(out, "</ul>\n");
}

static void add_curves(struct buf *out, const struct trial *t, const struct curves *c, figure highest)
{
	struct plot p = {
		.out = out,
		.elapsed_s = longest_of(t),
		.top = plot_top(highest, true),
		.bytes = true,
	};

	html_section(out, c->title);
	buf_printf(
		out,
		"<p class=\"note\">%s %shours and minutes since the beginning of each.</p>\n<div class=\"curves\">\n",
		c->note, t->runs > 1 ? "Thick: the mean of the runs, thin: each run; " : "Times: ");
	add_legend(out, t);
	plot_begin(&p, c->title, HEIGHT);
	plot_grid(&p);
	draw_all(&p, t, c->offset);
	plot_axes(&p, true);
	add_ends(&p, t, c->offset);
	add_hits(&p, t, c->offset);
	plot_end(&p);
	buf_adds(out, "</div>\n");
	html_section_end(out);
}

void trial_curves(struct buf *out, const struct trial *t)
{
	figure of_copies = highest_of(t, copied.offset), of_private = highest_of(t, private.offset);
	figure of_pool = highest_of(t, pool.offset);

	if (of_copies > 0)
		add_curves(out, t, &copied, of_copies);
	else if (of_private > 0)
		add_curves(out, t, &private, of_private);
	if (of_pool > 0)
		add_curves(out, t, &pool, of_pool);
}
