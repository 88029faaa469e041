#ifndef COWTOP_MODEL_JUDGED_H
#define COWTOP_MODEL_JUDGED_H

/*
 * What a gate has judged: pools, with what was checked of each, and the figures that are kept for next time. cmd/gate.h
 * fills it, sinks write it for the systems that build and test (sink/junit.h, sink/ci_*.h).
 *
 * All of it is owned, texts included. Foreign bytes in them are cleaned where they are written.
 */
#include "model/standing.h"

enum judged_verdict {
	JUDGED_PASSED,
	JUDGED_SKIPPED, /* it was not to be had here, and nobody asked for it */
	JUDGED_ERROR,   /* it could not be judged, which is no pass */
	JUDGED_FAILED,
};

struct judged_check {
	enum judged_verdict verdict;
	char *name; /* the same in every run: the rule as it was typed, "baseline: footprint_bytes" */
	char *text; /* what came out, a line */
	/* By what part of its limit the figure is beyond it; below zero: still within; unknown: not known, or there is
	 * no more and less of it. */
	figure beyond;
};

struct judged_pool {
	char *name;      /* "gunicorn", "gunicorn, run 2 of 3", the name of a variant */
	int64_t time_ns; /* when; 0: there is no sample of it */
	figure took_s;   /* it was watched so long; unknown: nobody looked at a clock */
	struct judged_check *checks;
	size_t n, cap;
};

/* Figures to be kept: of one pool, or the mean of several runs of it. */
struct judged_series {
	char *label; /* which tells it from the others; NULL: there is but one */
	struct standing standing;
};

struct judged {
	struct judged_pool *pools;
	size_t n, cap;
	struct judged_series *series;
	size_t nseries, series_cap;
};

const char *judged_verdict_name(enum judged_verdict v); /* "passed" "skipped" "error" "failed" */

/* Valid until the next one is added. */
struct judged_pool *judged_add_pool(struct judged *j, const char *name);
/* Takes `check` with a copy of its texts. */
void judged_add_check(struct judged_pool *p, const struct judged_check *check);
void judged_add_series(struct judged *j, const char *label, const struct standing *s);
/* How many checks of all pools have come to that. */
size_t judged_count(const struct judged *j, enum judged_verdict v);
void judged_release(struct judged *j);

/* A check and the pool that it is of. */
struct judged_line {
	const struct judged_pool *pool;
	const struct judged_check *check;
};

/*
 * All checks, the worst first: those that failed, by how far they are beyond their limits, those that could not be
 * judged, those that passed, by how near they are to their limits, and those that were skipped. What is equal, and
 * what has no distance, keeps its order; what has none stands behind what has. The caller frees the array.
 */
size_t judged_worst_first(const struct judged *j, struct judged_line **ret);

#endif
