#ifndef COWTOP_MODEL_EQUAL_H
#define COWTOP_MODEL_EQUAL_H

/*
 * How much of the memory that workers made after their fork is the same in several of them: what they have each loaded for
 * themselves, and could share. By bytes, and by words: objects that are the same lie elsewhere in each process, and what
 * points to them differs; words that are no addresses (text, numbers, hashes) do not. Made on demand, beside the sample;
 * heap/equal.h compares.
 */
#include <stddef.h>

/* What of something is found in several processes. */
struct equal_parts {
	/* In each; in more than half of them, and in three where there are so many; in another one. */
	double in_all, in_most, in_other;
};

/* Means of the workers that were looked at. */
struct equal_facts {
	size_t workers;           /* 0, 1: nothing can be compared */
	double new;               /* pages that were made after the fork */
	double sampled;           /* of those were read */
	double zero;              /* of what was read: nothing but zeros, which is nothing that was loaded */
	struct equal_parts pages; /* of the others, those with the same bytes */
	double words;             /* some of the words that tell something */
	struct equal_parts found; /* of these */
};

#endif
