#include "analysis/why_cells.h"

#include <math.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"

#define ROUNDS 60
/* Of all cells' pages at the most: a hazard of which nothing is left cannot be told from a larger one. */
#define ALL_BUT 0.5

/* 0 and 10^-3.5 to 10, in steps of 10^0.18. */
static double grid(size_t j)
{
	return j ? pow(10, -3.5 + 0.18 * (double)(j - 1)) : 0;
}

/* How likely each hazard of the grid makes what a cell shows; the likeliest has 1. */
static void likelihood(const struct why_cell *c, double ret[WHY_GRID])
{
	double most = -INFINITY;

	for (size_t j = 0; j < WHY_GRID; j++) {
		double g = grid(j);

		ret[j] = c->k && g == 0 ? -INFINITY : -g * (c->n - c->k);
		if (c->k && g > 0)
			ret[j] += c->k * log(-expm1(-g));
		most = fmax(most, ret[j]);
	}
	for (size_t j = 0; j < WHY_GRID; j++)
		ret[j] = exp(ret[j] - most);
}

/* A cell's own hazards: how they are spread for all, weighed with what it shows. */
static void posterior(const double mixture[WHY_GRID], const double like[WHY_GRID], double ret[WHY_GRID])
{
	double sum = 0;

	for (size_t j = 0; j < WHY_GRID; j++)
		sum += ret[j] = mixture[j] * like[j];
	for (size_t j = 0; j < WHY_GRID; j++)
		ret[j] = sum > 0 ? ret[j] / sum : 1.0 / WHY_GRID;
}

/* How the pages' hazards are spread over the grid. `like`: of each cell. */
static void spread(const struct why_cell *cells, size_t n, const double *like, double mixture[WHY_GRID])
{
	double own[WHY_GRID];

	for (size_t j = 0; j < WHY_GRID; j++)
		mixture[j] = 1.0 / WHY_GRID;
	for (int round = 0; round < ROUNDS; round++) {
		double next[WHY_GRID] = { 0 }, sum = 0;

		for (size_t c = 0; c < n; c++) {
			posterior(mixture, like + c * WHY_GRID, own);
			for (size_t j = 0; j < WHY_GRID; j++)
				next[j] += cells[c].n * own[j];
			sum += cells[c].n;
		}
		for (size_t j = 0; j < WHY_GRID && sum > 0; j++)
			mixture[j] = next[j] / sum;
	}
}

static void count_pages(const double *like, const double mixture[WHY_GRID], struct why_hazards *ret)
{
	double own[WHY_GRID];

	for (size_t c = 0; c < ret->ncells; c++) {
		const struct why_cell *cell = &ret->cells[c];

		posterior(mixture, like + c * WHY_GRID, own);
		for (size_t j = 0; j < WHY_GRID; j++) {
			ret->pages[WHY_OF_LEFT][j] += (cell->n - cell->k) * own[j];
			ret->pages[WHY_OF_ALL][j] += cell->n * own[j];
		}
	}
}

void why_hazards_fit(const struct why_cell *cells, size_t ncells, struct why_hazards *ret)
{
	cleanup_free double *like = xreallocarray(NULL, ncells + 1, WHY_GRID * sizeof(*like));
	double mixture[WHY_GRID];

	*ret = (struct why_hazards){ .cells = cells, .ncells = ncells };
	for (size_t c = 0; c < ncells; c++) {
		ret->n += cells[c].n;
		ret->k += cells[c].k;
		likelihood(&cells[c], like + c * WHY_GRID);
	}
	if (ret->n > 0)
		ret->one = -log1p(-fmin(ret->k, ret->n - ALL_BUT) / ret->n);
	spread(cells, ncells, like, mixture);
	count_pages(like, mixture, ret);
}

double why_breaks_alike(const struct why_hazards *h, double windows, enum why_whole of)
{
	return (of == WHY_OF_ALL ? h->n : h->n - h->k) * -expm1(-h->one * windows);
}

double why_breaks_by_cell(const struct why_hazards *h, double windows, enum why_whole of)
{
	double ret = 0;

	for (size_t j = 0; j < WHY_GRID; j++)
		ret += h->pages[of][j] * -expm1(-grid(j) * windows);
	return ret;
}

double why_cells_hit(const struct why_hazards *h)
{
	double squares = 0;

	for (size_t c = 0; c < h->ncells; c++)
		squares += (double)h->cells[c].k * h->cells[c].k;
	return squares > 0 ? h->k * h->k / squares : 0;
}
