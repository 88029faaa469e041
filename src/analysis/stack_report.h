#ifndef COWTOP_ANALYSIS_STACK_REPORT_H
#define COWTOP_ANALYSIS_STACK_REPORT_H

/*
 * From the facts of a span (model/stacks.h) to its figures (model/stack_report.h). Pure.
 *
 * Traces of the same frames and role become one row. Where the kernel has counted a process's
 * copies, its samples are scaled to that count, as long as they and those that were lost come near
 * it: within what sampling explains. Copies beyond that, for which no sample stands, are unattributed.
 * Undecided samples take part as far as copies are missing without them.
 */
#include "model/stack_report.h"

void stack_report_make(const struct stacks *s, struct stack_report *ret);

#endif
