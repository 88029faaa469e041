#ifndef COWTOP_ANALYSIS_WHY_TRACK_H
#define COWTOP_ANALYSIS_WHY_TRACK_H

/*
 * One worker that is watched, added up from what its samples say: when each page of the inventory was copied, and its
 * collector at the looks. Of the looks no more are kept than the estimate needs (why_estimate.h): those up to its first
 * full collection, thinned where they would be more than WHY_LOOKS_MAX, and the last one behind it. Pure.
 */
#include "model/sample.h"
#include "model/why.h"
#include "model/why_case.h"

/* The pages of the inventory, as cases are made of them. Borrowed. */
struct why_ground {
	size_t npages;
	const uint8_t *pages; /* enum why_page */
	const uint32_t *cells;
	size_t ncells;
};

struct why_track {
	pid_t pid;
	uint64_t start_ticks;
	bool gone, young, off, guessed;
	bool lost;                         /* there were looks that are not known */
	fact inherited, copied, collapsed; /* pages */
	fact taken;                        /* looks so far; ABSENT: none, or some of them are not known */
	uint16_t *broken;                  /* of each page of the inventory: when, as in a case */
	uint8_t *wrote;                    /* the same: what was written; NULL: not known */
	struct why_look *looks;
	size_t n, cap;
	struct why_snapshot *shown; /* of the last case */
	struct why_worker judged;
};

void why_track_release(struct why_track *t);
/* What a sample says of it; `master_full`: how many full collections the master had then. */
void why_track_take(struct why_track *t, const struct why_ground *g, const struct proc_sample *p,
		    int64_t time_ns, fact master_full);
/* All of it, for a sample; NULL: some of it is not known. */
struct why_history *why_track_tell(const struct why_track *t, const struct why_ground *g);
/* Borrowed until the track changes. */
void why_track_case(struct why_track *t, const struct why_ground *g, struct why_case *ret);
/* Has it had a full collection since it was met? */
bool why_track_collected(const struct why_track *t);

#endif
