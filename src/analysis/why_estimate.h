#ifndef COWTOP_ANALYSIS_WHY_ESTIMATE_H
#define COWTOP_ANALYSIS_WHY_ESTIMATE_H

/*
 * Which of a worker's copies are the collector's alone: what would not have been copied without its collections. Pure.
 *
 * The collector takes pages that references would have broken a little later, and what it has taken shows nothing
 * of that any more: that has to be foretold. From what references broke before the first full collection, and with a
 * control: pages without a tracked object, which a collection does not write, go on being broken by references alone.
 *
 *	T	the last clean snapshot before the first full collection
 *	H	the last clean one by a third of its clock; the window is from H to T
 *	E	the last one
 *
 * Of two models (analysis/why_cells.h) the control chooses the mixture that foretells its own breaks from T to E.
 */
#include "analysis/why_cells.h"
#include "model/why.h"

/* What lies on a page of the master, by what a worker's copy of it can be judged. */
enum why_page {
	WHY_PAGE_OTHER,   /* no object of the two kinds */
	WHY_PAGE_COUNTED, /* of the control */
	WHY_PAGE_TRACKED, /* a collection writes it */
};

/* When a page was broken first: the number of the snapshot, or */
#define WHY_WHOLE UINT16_MAX           /* not at all */
#define WHY_AWAY (UINT16_MAX - 1)      /* the worker has not inherited it, or does not have it any more */
#define WHY_SNAPSHOTS (UINT16_MAX - 2) /* so many at most */

struct why_snapshot {
	double clock; /* how much the worker has done since its fork: voluntary switches */
	fact full;    /* full collections of it so far; ABSENT: not known */
	bool clean;   /* no full collection was under way while its pages were looked at */
};

/* The pages of the master's inventory, and a worker's. All borrowed. */
struct why_case {
	size_t npages;
	const uint8_t *pages;  /* enum why_page */
	const uint32_t *cells; /* of which cell each is */
	size_t ncells;
	const uint16_t *broken; /* when each was */
	const struct why_snapshot *snapshots;
	size_t nsnapshots;
	bool young;               /* no full collection before the first snapshot */
	double copied, collapsed; /* of all its pages, those outside of the inventory as well */
};

/* `ret`: basis, reason, causes, at_risk, control, first_at, snapshots and copied are set. */
void why_estimate(const struct why_case *c, struct why_worker *ret);

#endif
