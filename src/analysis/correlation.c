#include "analysis/correlation.h"

#include <math.h>

/* Spread below this share of the size is rounding, not movement. */
#define STILL 1e-12

void correlation_add(struct correlation *w, figure x, figure y)
{
	if (!known(x) || !known(y))
		return;
	w->x[w->next] = x;
	w->y[w->next] = y;
	w->next = (w->next + 1) % CORRELATION_INTERVALS;
	if (w->n < CORRELATION_INTERVALS)
		w->n++;
}

/* Two passes, not running sums: the result depends on what is in the window and on nothing before. */
figure correlation_of(const struct correlation *w)
{
	figure mx = 0, my = 0, xx = 0, yy = 0, xy = 0, dx, dy;
	size_t i;

	if (w->n < 3)
		return UNKNOWN;

	for (i = 0; i < w->n; i++) {
		mx += w->x[i];
		my += w->y[i];
	}
	mx /= w->n;
	my /= w->n;
	for (i = 0; i < w->n; i++) {
		dx = w->x[i] - mx;
		dy = w->y[i] - my;
		xx += dx * dx;
		yy += dy * dy;
		xy += dx * dy;
	}
	if (xx <= STILL * w->n * mx * mx || yy <= STILL * w->n * my * my)
		return UNKNOWN;
	return fmax(-1, fmin(1, xy / (sqrt(xx) * sqrt(yy))));
}
