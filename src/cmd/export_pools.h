#ifndef COWTOP_CMD_EXPORT_POOLS_H
#define COWTOP_CMD_EXPORT_POOLS_H

/*
 * The pools that are exported, each with its name and its counters: they come and go, and keep both while they live.
 *
 *	export_pools_open(&p, err);
 *	export_pools_look(&p, &errs);	// a sample of each; again and again
 *	metrics of export_pools_set(&p)
 *	export_pools_release(&p);
 */
#include <regex.h>
#include "cmd/pools_set.h"
#include "find/pool_place.h"
#include "model/metric_set.h"

struct export_pool {
	pid_t pid;
	uint64_t start_ticks;
	char *name;    /* unlike all others; foreign */
	int64_t at_ns; /* of the sample that was counted last */
	struct pool_place place;
	struct metric_counts counts;
	char *said; /* what was said last of why it cannot be read, or only in part; NULL: nothing */
};

struct export_pools {
	char **words; /* borrowed: TARGETs; one that is NULL is the one pool of this machine */
	size_t nwords;
	bool all;            /* every pool instead */
	const regex_t *only; /* of those, whose name, command line or unit this matches; or NULL */

	struct procfs fs;
	struct pools_set set;
	struct export_pool *items; /* the longest known first */
	size_t n, cap;
	struct err *
		errs; /* of each word: why it has no pool; of --all the first: why none could be looked for */
	struct metric_pool *shown;
	int64_t start_ns, time_ns; /* wall clock: since when all this is counted, and of the last look */
	figure samples, duration_s;
};

/* `share`: of one CPU; 0: it is looked once. `why`: look for why pages were copied, too. */
int export_pools_open(struct export_pools *p, double share, bool why, struct err *err);
/* Look for the pools and take a sample of each. */
void export_pools_look(struct export_pools *p);
/* Say of each pool that cannot be read why, once as long as it stays the same. */
void export_pools_say(struct export_pools *p);
/* What is known now; it borrows from `p` until the next look. */
struct metric_set export_pools_metrics(struct export_pools *p);
void export_pools_release(struct export_pools *p);

#endif
