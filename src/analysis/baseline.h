#ifndef COWTOP_ANALYSIS_BASELINE_H
#define COWTOP_ANALYSIS_BASELINE_H

/*
 * Has a pool become worse than it was? --baseline, --tolerance.
 *
 * Judged is what memory costs, and only what is of the same kind in every run: what a worker copied, the part of what
 * it inherited that this is, what is private to it, what the pool costs and what all of it copied, what its master
 * copied; and, where both sides tell it, what comes between two marks and with each request. What is shared and saved
 * is not: a pool that has become smaller shares less. Nor is how long something took.
 *
 * A figure is worse when the difference is more than the tolerance, a part of the baseline's mean, and more than
 * noise: with several runs on either side the 95 % interval of Welch's test lies above zero. One run on the other side
 * is taken to vary as these do. With one run each there is no noise but the tolerance. Less than half a MiB, or than
 * one percent of what was inherited, is nothing; nor is 5 KiB, or a page, between marks or with a request.
 *
 * Where a figure is a bound on either side there are two differences, that of the lower bounds and that of the upper ones,
 * as what is in doubt in one run of a program is in the next: it is worse when it is so by both of them, and where it is
 * so by one alone nothing is decided.
 */
#include "model/judged.h"

enum baseline_verdict {
	BASELINE_UNTOLD, /* the baseline does not tell it, or it is one that the pool need not have any more */
	BASELINE_BETTER, /* by more than tolerance and noise */
	BASELINE_LIKE,   /* within tolerance, or noise */
	BASELINE_WORSE,
	BASELINE_OPEN,    /* a bound alone would decide */
	BASELINE_MISSING, /* the baseline tells it, and now it is not known */
	BASELINE_OTHER,   /* it does not mean the same at the levels of the two */
};

struct baseline_row {
	const struct field *field; /* of compare_fields */
	struct measure before, now;
	enum level was, is; /* that they are known at */
	figure limit;       /* how much more is allowed, in its own unit */
	bool noise;         /* there is something to tell it by */
	figure interval;    /* half the interval of the difference; 0: unknown */
	enum baseline_verdict verdict;
};

/* Judges every row that is judged; returns how many there are in `ret`. `tolerance`: 0.05 is 5 %. */
size_t baseline_judge(const struct standing *before, const struct standing *now, figure tolerance,
		      struct baseline_row ret[COMPARE_ROWS]);
/* By what part of the limit it is beyond it; unknown: not known. */
figure baseline_beyond(const struct baseline_row *r);
enum judged_verdict baseline_judged(enum baseline_verdict v);

#endif
