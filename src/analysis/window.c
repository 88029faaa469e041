#include "analysis/window.h"

#include <math.h>

/* Spread below this share of the size is rounding, not movement. */
#define STILL 1e-12

void window_add(struct window *w, figure x, figure y)
{
	if (!known(x) || !known(y))
		return;
	w->x[w->next] = x;
	w->y[w->next] = y;
	w->next = (w->next + 1) % WINDOW_SIZE;
	if (w->n < WINDOW_SIZE)
		w->n++;
}

/* Two passes, not running sums: the result depends on what is in the window and on nothing before. */
figure window_correlation(const struct window *w)
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
