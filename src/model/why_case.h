#ifndef COWTOP_MODEL_WHY_CASE_H
#define COWTOP_MODEL_WHY_CASE_H

/*
 * What was seen of one worker, that tells why it has copied pages: which of the master's pages it had copied by which
 * look at it, and what its collector had done by then. Facts only; analysis/why_estimate.h judges.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "model/fact.h"
#include "model/wrote.h"

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
	const uint8_t *wrote;   /* of those that are broken: WROTE_...; NULL: not known */
	const struct why_snapshot *snapshots;
	size_t nsnapshots;
	bool young;               /* no full collection before the first snapshot */
	bool off;                 /* its collector does not run by itself */
	bool late;                /* what it had copied by the first snapshot is not its run-up alone */
	bool guessed;             /* without frame numbers: which pages are copies is an estimate */
	double copied, collapsed; /* of all its pages, those outside of the inventory as well */
};

#endif
