#ifndef COWTOP_ANALYSIS_STACK_SAME_H
#define COWTOP_ANALYSIS_STACK_SAME_H

/*
 * Which functions are one. A function of an object is, wherever it is mapped; generated code is each
 * process's own: workers that have made the same Python function have one each, of one name.
 */
#include "model/stacks.h"

/* For each function the least number of all that are the same; to be freed. */
uint32_t *stack_same(const struct stacks *s);

#endif
