#ifndef COWTOP_MODEL_EQUAL_H
#define COWTOP_MODEL_EQUAL_H

/*
 * How much of the memory that workers made after their fork has the same bytes in several of them: what they have each
 * loaded for themselves, and could share. Made on demand, beside the sample; heap/equal.h compares.
 */
#include <stddef.h>

/* Pages of a worker, means of those that were looked at. */
struct equal_facts {
	size_t workers;  /* 0, 1: nothing can be compared */
	double new;      /* made after the fork */
	double sampled;  /* of those were read */
	double zero;     /* of what was read: nothing but zeros, which is nothing that was loaded */
	double in_all;   /* of the others: the same is in each of them */
	double in_most;  /* ... in more than half */
	double in_other; /* ... in another one */
};

#endif
