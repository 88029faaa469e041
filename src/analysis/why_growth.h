#ifndef COWTOP_ANALYSIS_WHY_GROWTH_H
#define COWTOP_ANALYSIS_WHY_GROWTH_H

/*
 * How the memory that workers have of their own (copies and new pages) grew while one watched: what ending them at an
 * age would give back. A zeroed struct has seen nobody.
 *
 *	for (each snapshot)
 *		why_growth_look(&g, &snap);
 *	why_growth_free(&g);
 */
#include "analysis/growth.h"

struct why_grown {
	pid_t pid;
	uint64_t start_ticks;
	bool lives; /* in the last snapshot */
	figure first_age_s, age_s;
	figure first_new, new; /* pages */
	figure first_own, own; /* new ones and copies */
	figure first_minor, minor;
	struct growth curve; /* of the new ones, in bytes */
};

struct why_growth {
	struct why_grown *workers;
	size_t n, cap;
};

void why_growth_look(struct why_growth *g, const struct snapshot *snap);
void why_growth_free(struct why_growth *g);

/* Means of the workers that live. */
struct why_grown_mean {
	size_t n, growing; /* of them, those whose new memory only grows (analysis/growth.h) */
	figure span_s;     /* which they were watched for */
	figure age_s, own, new;
	figure gained_new;         /* of all, in that time; pages */
	figure minor;              /* minor faults in it */
	figure young_s, young_own; /* of the youngest, when it was seen first; pages */
	figure young_minor;
};

void why_growth_mean(const struct why_growth *g, struct why_grown_mean *ret);

#endif
