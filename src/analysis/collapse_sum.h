#ifndef COWTOP_ANALYSIS_COLLAPSE_SUM_H
#define COWTOP_ANALYSIS_COLLAPSE_SUM_H

/*
 * What the kernel collapsed over a number of samples, in pages, of all processes of the pool: what came after
 * the first sample, and of who was born since all of it. A zeroed struct is one without samples.
 */
#include "model/snapshot.h"

struct collapse_sum {
	figure copied, filled; /* unknown as long as no sample tells */
	/* who was seen */
	struct collapse_past *pasts;
	size_t n, cap;
	int64_t time_ns; /* of the sample before; 0: none */
};

void collapse_sum_add(struct collapse_sum *sum, const struct sample *s);
void collapse_sum_release(struct collapse_sum *sum);

#endif
