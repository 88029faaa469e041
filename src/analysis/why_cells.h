#ifndef COWTOP_ANALYSIS_WHY_CELLS_H
#define COWTOP_ANALYSIS_WHY_CELLS_H

/*
 * How many pages references break in a time to come, by how many they broke in a window before: pages of a cell (a
 * MiB of addresses and a size class) are used alike. Two models of that. Pure.
 *
 * One hazard for all pages: reading that goes everywhere, and by chance met some cells more often than others. A hazard
 * for each cell: hot and cold cells; what is known of a cell is its binomial likelihood, and of all cells a mixing
 * distribution over a grid of hazards, found by EM.
 */
#include <stddef.h>
#include <stdint.h>

struct why_cell {
	uint32_t n; /* pages that were whole when the window began */
	uint32_t k; /* of them, broken when it ended */
};

#define WHY_GRID 27

/* Of which pages: those that were left whole when the window ended, or all that were whole when it began. */
enum why_whole { WHY_OF_LEFT, WHY_OF_ALL, WHY_WHOLES };

struct why_hazards {
	const struct why_cell *cells; /* borrowed */
	size_t ncells;
	double n, k;                        /* of all of them */
	double one;                         /* the hazard for all, a window */
	double pages[WHY_WHOLES][WHY_GRID]; /* which hazards they have, each cell's by what it shows */
};

void why_hazards_fit(const struct why_cell *cells, size_t ncells, struct why_hazards *ret);

/* How many of them break in `windows` windows: from its end, or from its beginning on. */
double why_breaks_alike(const struct why_hazards *h, double windows, enum why_whole of);
double why_breaks_by_cell(const struct why_hazards *h, double windows, enum why_whole of);
/* In how many cells the breaks lie, those with few of them for less than one. */
double why_cells_hit(const struct why_hazards *h);

#endif
