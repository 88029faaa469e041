#ifndef COWTOP_MODEL_GC_FULL_H
#define COWTOP_MODEL_GC_FULL_H

/*
 * The full collections whose times CPython itself has kept (3.15 and later), as of a sample.
 */
#include "model/sample.h"

struct full_collection {
	fact number;         /* of the interpreter's, from 1 on */
	int64_t time_ns;     /* when it began: wall clock */
	fact ns, candidates; /* how long it took; as in struct gc_full */
	/* Made before the process began, by the one that it was forked from: a fork has its base's. One that ended in
	 * the clock tick (10 ms) that the process began in counts as its base's. */
	bool inherited;
};

/* Those of one interpreter of a process of the sample, the latest first: how many. */
size_t full_collections(const struct sample *s, const struct proc_sample *p, const struct gc_state *state,
			struct full_collection ret[GC_FULL]);

/* Is it one, as far as can be told? */
bool full_is_sound(const struct sample *s, const struct gc_full *f);
/* Of the wall clock; the machine slept meanwhile: by so much too late. */
int64_t full_time(const struct sample *s, fact mono_ns);

#endif
