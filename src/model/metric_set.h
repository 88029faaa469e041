#ifndef COWTOP_MODEL_METRIC_SET_H
#define COWTOP_MODEL_METRIC_SET_H

/*
 * What is written as metrics at one time: pools with their latest snapshots, and the exporter itself. A sink reads
 * it and nothing else.
 */
#include "model/metric_counts.h"
#include "model/snapshot.h"

/* So many series at the most: first the workers of the largest pools become groups, then pools are left out. */
#define METRIC_SERIES_MOST 30000

struct metric_pool {
	const char *name; /* of label pool, unlike all others of the set; foreign */
	/* "" where there is none; foreign */
	const char *unit, *cgroup, *container;
	const struct snapshot *snap; /* NULL: none yet */
	const struct metric_counts *counts;
	bool up;       /* the last look was one */
	bool grouped;  /* its workers are one group */
	bool left_out; /* it has no series */
};

struct metric_set {
	struct metric_pool *pools;
	size_t n;
	size_t missing;            /* TARGETs that are waited for */
	int64_t time_ns, start_ns; /* wall clock: of this look, and since when the exporter counts */
	figure cpu_s, samples, duration_s;
};

/* Sets `grouped` and `left_out` of all pools, those that come later are left out first. */
void metric_set_bound(struct metric_set *s, size_t most);

/* The parts of an RSS, which sum to it. */
enum metric_state {
	STATE_SHARED,
	STATE_ORPHANED,
	STATE_COPIED,
	STATE_FILE_COPIED,
	STATE_NEW,
	STATE_FILE,
	STATE_PRIVATE, /* of level rollup, which has this one and `shared` only */
	STATE_UNACCOUNTED,
	METRIC_STATES_ALL,
};
extern const char *const metric_state_names[METRIC_STATES_ALL];

/* A process, or a group of those of one role: sizes are sums, ages the most, all else a mean of those known. */
struct metric_subject {
	enum role role;
	int slot;         /* 0: no label worker */
	size_t n;         /* processes of it */
	struct figures f; /* those of METRIC_PROCESS */
	figure states[METRIC_STATES_ALL];
	figure thresholds[GC_GENERATIONS];
};

/* Of a pool, the master first; free() it. */
size_t metric_subjects(const struct metric_pool *p, struct metric_subject **ret);

#endif
