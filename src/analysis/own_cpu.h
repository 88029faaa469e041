#ifndef COWTOP_ANALYSIS_OWN_CPU_H
#define COWTOP_ANALYSIS_OWN_CPU_H

/*
 * What cowtop itself uses of one CPU: over the last minute, or since the first sample, which is in it. A zeroed
 * struct has seen none.
 */
#include "model/snapshot.h"

#define OWN_CPU_S 60

struct own_cpu {
	/* Sums at the samples that are a second apart at the least, in a ring. */
	int64_t mono_ns[OWN_CPU_S], cpu_ns[OWN_CPU_S];
	size_t n, next;
};

/* Takes the sample in. Unknown on the first one, and in older recordings. */
figure own_cpu_share(struct own_cpu *o, const struct sample *s);

#endif
