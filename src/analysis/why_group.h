#ifndef COWTOP_ANALYSIS_WHY_GROUP_H
#define COWTOP_ANALYSIS_WHY_GROUP_H

/*
 * What why_estimate.h and why_transfer.h share: the window that was watched before the first full collection of a
 * worker, its pages of a kind by cells, and the two models of why_cells.h, mixed as the control says. Pure.
 */
#include "analysis/why_cells.h"
#include "model/why_case.h"

/* Bounds from the models alone are too narrow by that part of the copies. */
#define WHY_WIDER 0.03

/* Numbers of snapshots. */
struct why_window {
	size_t h, t, e;
	double windows; /* from t to e, in windows */
};

/* Pages of one kind. */
struct why_group {
	size_t written, sure;     /* of those broken behind T: by why_is_written(), and by why_is_sure() */
	size_t pages, at_t, at_e; /* without those of the start: all, and those broken by then */
	struct why_cell *cells;
	struct why_hazards hazards;
};

/* Was a page that broke `when` broken by this snapshot? */
static inline bool why_broken_by(uint16_t when, size_t by)
{
	return when <= by && when < WHY_AWAY;
}

/* Does it show on page `i` that it was written for another reason than its collector's, and references'? */
bool why_is_written(const struct why_case *c, size_t i);
/* ... or at least that a reference was kept: then freezing would not have kept it whole. */
bool why_is_sure(const struct why_case *c, size_t i);
/* The first snapshot with another count of full collections than the one before; all: none. */
size_t why_first_full(const struct why_case *c);
/* The window before `full`, that one. NULL, or why there is none. */
const char *why_window_find(const struct why_case *c, size_t full, struct why_window *ret);
void why_group_gather(const struct why_case *c, const struct why_window *w, enum why_page kind,
		      struct why_group *ret);
void why_group_release(struct why_group *g);
/* How much the breaks of the window say of later ones, up to 1: a few of them are what ran for the first time, and that
 * only once. */
double why_weight(const struct why_group *tracked);
/* Why what these pages show before the first full collection is too little to judge by, or NULL. */
const char *why_too_little(const struct why_group *tracked);

/* Did enough of the control break in the window? If not it neither chooses a model nor tells the time. */
bool why_control_tells(const struct why_group *control);
/* Which mixture of the models: 1 by cell, 0 all alike. */
double why_models_choose(const struct why_group *control, double windows);
/* What it foretells to break in so many windows. */
double why_models_mixed(const struct why_group *g, double omega, double windows, enum why_whole of);
/* In how many windows it has so many of the control broken; `otherwise` where it never has. */
double why_models_time(const struct why_group *control, double omega, double breaks, enum why_whole of,
		       double otherwise);

#endif
