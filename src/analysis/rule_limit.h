#ifndef COWTOP_ANALYSIS_RULE_LIMIT_H
#define COWTOP_ANALYSIS_RULE_LIMIT_H

/*
 * What a rule compares with: a number in a unit that suits the figure, where the figure can get to it on at
 * least one side. "20%", "20 %" and "0.2" are one limit; "true" is 1 of a flag.
 */
#include "analysis/rule_parts.h"
#include "base/err.h"

/*
 * Sets limit, unit and worth of the rule, of which scope, field and op are set, from what stands behind the
 * operator. STATUS_USAGE: it is no such number, or the figure lies on one side of it whatever happens; that
 * message says what was probably meant.
 */
int rule_take_limit(struct rule *r, const char *text, struct err *err);

#endif
