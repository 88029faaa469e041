#ifndef COWTOP_ANALYSIS_STACK_ROLE_H
#define COWTOP_ANALYSIS_STACK_ROLE_H

/*
 * What a call stack was doing, told by the names in it. A rule looks either for a function anywhere
 * in the stack (a collection, wherever it was called from), or for what the innermost function is
 * for (freeing). Stripped interpreters have few names, but those that they export decide most roles;
 * what the faulting instruction does (enum leaf_kind) tells reference counts of CPython, Perl and PHP
 * without any name.
 *
 * A worker that was forked in the middle of an import or an exit handler carries that in every one
 * of its stacks: they have its role.
 */
#include "model/stack_report.h"

/* What the rules say about each of s->functions, for stack_role(); to be freed. */
uint32_t *stack_role_marks(const struct stacks *s);
enum stack_role stack_role(const struct stacks *s, const uint32_t *marks, const struct stack_trace *trace);

#endif
