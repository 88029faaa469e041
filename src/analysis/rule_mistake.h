#ifndef COWTOP_ANALYSIS_RULE_MISTAKE_H
#define COWTOP_ANALYSIS_RULE_MISTAKE_H

/* Of a rule that is none: what is wrong with it, and what was probably meant. Each fills `err` with STATUS_USAGE. */
#include "analysis/rule_parts.h"
#include "base/err.h"

/* Of the whole text: quotes in it, several conditions, signs that are none of ASCII, the number in front. -1, or 0
 * when it is nothing of that. */
int rule_mistake(const char *text, struct err *err);
/* It begins with no scope that goes here: of a pool, or with `diff` of two recordings. */
int rule_no_scope(const char *text, bool diff, struct err *err);
/* There is no such figure in that scope. */
int rule_no_key(const struct rule *r, const char *key, struct err *err);
/* Behind the figure `at` begins with no operator. */
int rule_no_operator(const struct rule *r, const char *at, struct err *err);

#endif
