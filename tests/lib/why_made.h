#ifndef COWTOP_TESTS_WHY_MADE_H
#define COWTOP_TESTS_WHY_MADE_H

/*
 * Why the workers of a made-up pool have copied pages: each inherited 89.5 MiB and copied about 61.6, of which the
 * collector alone copied 16.3 (14.2 to 18.4).
 */
#include <stdio.h>
#include <string.h>
#include "base/alloc.h"
#include "analysis/why_pool.h"
#include "model/snapshot.h"
#include "model/why_advice.h"

#define WHY_MADE_MIB 256.0 /* pages */

static inline struct why_amount why_exactly(double mib)
{
	return (struct why_amount){ mib * WHY_MADE_MIB, mib * WHY_MADE_MIB, mib * WHY_MADE_MIB };
}

static inline struct why_amount why_between(double mib, double low, double high)
{
	return (struct why_amount){ mib * WHY_MADE_MIB, low * WHY_MADE_MIB, high * WHY_MADE_MIB };
}

/* Watched to its first full collection, and on; `more` MiB are not known. */
static inline struct why_worker why_made_young(double more)
{
	struct why_worker k = { .basis = WHY_YOUNG, .inherited = 89.5 * WHY_MADE_MIB, .snapshots = 108 };

	k.copied = (61.6 + more) * WHY_MADE_MIB;
	k.identical = 58.9 * WHY_MADE_MIB;
	k.control = 33.7 * WHY_MADE_MIB;
	k.first_at = 0.25;
	k.at_risk = NAN;
	k.causes[WHY_COLLECTOR_ONLY] = why_between(16.3, 14.2, 18.4);
	k.causes[WHY_COLLECTOR_FIRST] = why_between(10.6, 8.5, 12.7);
	k.causes[WHY_REFERENCES] = why_exactly(31.3);
	k.causes[WHY_DATA] = why_exactly(0.4);
	k.causes[WHY_ALLOCATOR] = why_exactly(0.4);
	k.causes[WHY_STARTUP] = why_exactly(2.5);
	k.causes[WHY_OTHERWISE] = why_exactly(0.1 + more);
	return k;
}

/* Old: nothing but bounds. */
static inline struct why_worker why_made_old(void)
{
	struct why_worker k = why_made_young(0);

	k.basis = WHY_BOUNDS;
	k.reason = "its full collections began before one looked";
	k.causes[WHY_COLLECTOR_ONLY] = k.causes[WHY_COLLECTOR_FIRST] = why_between(NAN, 0, 29.4);
	k.causes[WHY_STARTUP] = WHY_UNKNOWN;
	k.causes[WHY_OTHERWISE] = why_exactly(29.5);
	k.first_at = NAN;
	return k;
}

/* Its first full collection is still to come. */
static inline struct why_worker why_made_waiting(void)
{
	struct why_worker k = why_made_young(0);

	k.basis = WHY_RISK;
	k.copied = 34.7 * WHY_MADE_MIB;
	k.causes[WHY_COLLECTOR_ONLY] = k.causes[WHY_COLLECTOR_FIRST] = why_exactly(0);
	k.at_risk = 40.2 * WHY_MADE_MIB;
	k.first_at = NAN;
	return k;
}

/* One thing that helps, and one that does not. */
static inline void why_made_advice(struct why *w)
{
	struct why_amount none = why_exactly(0), gain;
	char text[160];

	if (!why_freeze_gain(w, &gain))
		return;
	w->advice = xcalloc(2, sizeof(*w->advice));
	w->nadvice = 2;
	w->advice[0] = (struct why_advice){
		ADVICE_FREEZE, true, gain, gain, .how = w->how, .rests_on = "it"
	};
	snprintf(w->advice[0].text, sizeof(w->advice[0].text), "%s", why_freeze_text(w, text));
	w->advice[1] = (struct why_advice){
		ADVICE_TRIM,        false, none, none, .text = "malloc_trim() gives nothing back",
		.rests_on = "glibc"
	};
}

/* The workers of the snapshot, as `kinds` has them one after the other and its last one for all that are left. */
static inline void why_made(struct snapshot *snap, const struct why_worker *kinds, size_t n)
{
	struct why *w = xcalloc(1, sizeof(*w));

	w->page_size = 4096;
	w->how = "in gunicorn's configuration: def pre_fork(server, worker): gc.freeze()";
	w->workers = xcalloc(snap->nprocs + 1, sizeof(*w->workers));
	for (size_t i = 0; i < snap->nprocs; i++) {
		struct why_worker *k = &w->workers[w->n];

		if (snap->procs[i].role != ROLE_WORKER)
			continue;
		*k = kinds[w->n < n ? w->n : n - 1];
		k->pid = snap->procs[i].facts->pid;
		k->start_ticks = snap->procs[i].facts->start_ticks;
		w->n++;
	}
	w->nworkers = w->n;
	why_sum_up(w, NULL);
	why_made_advice(w);
	snap->why = w;
}

#endif
