#include "analysis/correlation.h"

#include <math.h>
#include <stdlib.h>
#include "base/alloc.h"

/* Spread below this share of the size is rounding, not movement. */
#define STILL 1e-12

void correlation_add(struct correlation *w, figure x, figure y)
{
	if (!known(x) || !known(y))
		return;
	if (w->n < CORRELATION_INTERVALS) {
		vec_room(&w->items, w->n, &w->cap);
		w->n++;
	}
	w->items[w->next] = (struct rate_pair){ x, y };
	w->next = (w->next + 1) % CORRELATION_INTERVALS;
}

void correlation_release(struct correlation *w)
{
	free(w->items);
	*w = (struct correlation){ 0 };
}

/* Two passes, not running sums: the result depends on what is in the window and on nothing before. */
figure correlation_of(const struct correlation *w)
{
	figure mx = 0, my = 0, xx = 0, yy = 0, xy = 0, dx, dy;
	size_t i;

	if (w->n < 3)
		return UNKNOWN;

	for (i = 0; i < w->n; i++) {
		mx += w->items[i].x;
		my += w->items[i].y;
	}
	mx /= w->n;
	my /= w->n;
	for (i = 0; i < w->n; i++) {
		dx = w->items[i].x - mx;
		dy = w->items[i].y - my;
		xx += dx * dx;
		yy += dy * dy;
		xy += dx * dy;
	}
	if (xx <= STILL * w->n * mx * mx || yy <= STILL * w->n * my * my)
		return UNKNOWN;
	return fmax(-1, fmin(1, xy / (sqrt(xx) * sqrt(yy))));
}
