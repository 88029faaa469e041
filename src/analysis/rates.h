#ifndef COWTOP_ANALYSIS_RATES_H
#define COWTOP_ANALYSIS_RATES_H

/*
 * What came between two samples: rates of the processes and of the pool, the windows that they go into, and
 * the copies that collections made.
 *
 * Faults are counted by the kernel and known in every sample. What the ledger makes of them is known when the
 * pages were read, which may be some samples apart (struct proc_sample, pages_age_ns): then it is set against
 * the faults of the same time, and its rates stand until the pages are read again.
 */
#include "analysis/history.h"

struct rates {
	bool uncorrelated;
	int64_t time_ns, mono_ns;  /* of the sample before */
	struct correlation window; /* of the pool */
	figure ahead;              /* of the pool, see rates_of() */
};

/* `now` gets the interval into its windows; the pool's rates are those of the living workers. `begun`: there was a
 * sample before. */
void rates_take(struct rates *v, bool begun, struct history *now, struct snapshot *snap);

#endif
