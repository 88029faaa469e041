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

static figure mean(const figure *v, size_t n)
{
	figure sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += v[i];
	return sum / n;
}

/* Sum of the products of the distances from the means. */
static figure spread(const figure *a, figure mean_a, const figure *b, figure mean_b, size_t n)
{
	figure sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += (a[i] - mean_a) * (b[i] - mean_b);
	return sum;
}

figure window_correlation(const struct window *w)
{
	figure mx, my, xx, yy, xy;

	if (w->n < 3)
		return UNKNOWN;

	mx = mean(w->x, w->n);
	my = mean(w->y, w->n);
	xx = spread(w->x, mx, w->x, mx, w->n);
	yy = spread(w->y, my, w->y, my, w->n);
	if (xx <= STILL * w->n * mx * mx || yy <= STILL * w->n * my * my)
		return UNKNOWN;

	xy = spread(w->x, mx, w->y, my, w->n);
	return fmax(-1, fmin(1, xy / (sqrt(xx) * sqrt(yy))));
}
