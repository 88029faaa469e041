#ifndef COWTOP_SINK_PLOT_H
#define COWTOP_SINK_PLOT_H

/*
 * Drawings over time as inline SVG. The drawing stretches to whatever width there is; labels stand
 * beside it as text, so that they are readable at any width. What is not known is a hole.
 *
 *	struct plot p = {.out = out, .begin_ns = ..., .elapsed_s = ..., .top = ..., .bytes = true};
 *	plot_begin(&p, "Memory of a worker", 260);
 *	plot_band(&p, "shared", x, low, high, n);
 *	plot_line(&p, "ceiling", x, y, n);
 *	plot_axes(&p);			// ends the drawing; behind it come
 *	plot_hit(&p, i, n, ...);	// read-outs under the pointer
 *	plot_end(&p);
 */
#include "base/buf.h"
#include "base/zone.h"
#include "model/snapshot.h"

#define PLOT_WIDTH 4000
#define PLOT_HEIGHT 1000
#define PLOT_HITS 72 /* columns with a read-out */

struct plot {
	struct buf *out;
	int64_t begin_ns;        /* 0: times count from the beginning */
	const struct zone *zone; /* of the times below; NULL: UTC */
	figure elapsed_s;        /* at the right edge */
	figure top;              /* value at the upper edge */
	bool bytes;              /* values are sizes */
};

/* A round number at or above `highest`, with a ruled line below it. */
figure plot_top(figure highest, bool bytes);
/* From one ruled line to the next below such a top: a round number. */
figure plot_step(figure top, bool bytes);

/* `label` says to those who do not see it what is drawn: a literal. `height` in CSS pixels. */
void plot_begin(const struct plot *p, const char *label, unsigned int height);
/* Ruled lines, before what is drawn. */
void plot_grid(const struct plot *p);
/* `class` is one of the style sheet's. x in seconds, ascending. */
void plot_band(const struct plot *p, const char *class, const figure *x, const figure *low,
	       const figure *high, size_t n);
/* The same of what holds from one time to the next, a rate: level over each [from, to]. */
void plot_steps(const struct plot *p, const char *class, const figure *from, const figure *to,
		const figure *low, const figure *high, size_t n);
void plot_line(const struct plot *p, const char *class, const figure *x, const figure *y, size_t n);
/* A vertical line over the whole height, or between two values. */
void plot_rule(const struct plot *p, const char *class, figure at_s, figure low, figure high);
/* A bar between two times and two values. */
void plot_box(const struct plot *p, const char *class, figure from_s, figure to_s, figure low, figure high);
/* End the drawing and write labels at both axes; without `values` only the times. */
void plot_axes(const struct plot *p, bool values);
/* A label at the left, at a value: literals and numbers. */
void plot_label(const struct plot *p, figure value, const char *text);
void plot_badge(const struct plot *p, figure at_s, unsigned int number);
/* Is there room for a read-out of [from, at], or does it end the plot? */
bool plot_hit_due(const struct plot *p, figure from_s, figure at_s);
/* Read-out of [from, to]; `html` is made by the caller. */
void plot_hit(const struct plot *p, figure from_s, figure to_s, const char *html);
void plot_end(const struct plot *p);

/* One item of a legend: `<ul class="legend">` is the caller's. `kind`: "" "dash" "tick". */
void plot_legend(struct buf *out, const char *kind, const char *colour, const char *text);

#endif
