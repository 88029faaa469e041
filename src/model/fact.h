#ifndef COWTOP_MODEL_FACT_H
#define COWTOP_MODEL_FACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A count that the kernel gave; never negative. ABSENT: it could not be read. Absent is not zero. */
typedef int64_t fact;
#define ABSENT ((fact)-1)

/* A number as a file has it; one that is too great to be a fact is none. */
static inline fact fact_of(uint64_t n)
{
	return n > INT64_MAX ? ABSENT : (fact)n;
}

/* `n` pieces of `size` each. */
static inline fact fact_times(uint64_t n, uint64_t size)
{
	uint64_t all;

	return __builtin_mul_overflow(n, size, &all) ? ABSENT : fact_of(all);
}

#endif
