#ifndef COWTOP_ANALYSIS_STORY_CURVE_H
#define COWTOP_ANALYSIS_STORY_CURVE_H

/*
 * Points of curves on the axis of a story, and how they are thinned out.
 */
#include "model/story.h"

/* Nothing known. */
void point_init(struct story_point *p);

/* What the process is at in this snapshot, with the faults since the one before. */
void point_of(const struct proc_snapshot *p, const struct snapshot *snap, fact full, struct story_point *ret);
/* The workers on average. */
void point_of_workers(const struct snapshot *snap, struct story_point *ret);
/* The master, as far as it has workers and is there; without its full collections. */
void point_of_master(const struct snapshot *snap, struct story_point *ret);

/* What `later` knows replaces levels and is added to counts. */
void point_merge(struct story_point *p, const struct story_point *later);

/* Two axis points into one. `p->from` and the points of a process go along. */
void instants_halve(struct story_instant *instants, size_t *n);
void process_halve(struct story_process *p);
/* Merge `now` into the process's point at `index` of the axis. p->last gets the levels when that point is done with, ... */
void process_put(struct story_process *p, size_t index, const struct story_point *now);
/* ... and before it is read. */
void process_close(struct story_process *p);

#endif
