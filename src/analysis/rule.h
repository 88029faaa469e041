#ifndef COWTOP_ANALYSIS_RULE_H
#define COWTOP_ANALYSIS_RULE_H

/*
 * --fail-if 'SCOPE.KEY OP NUMBER[UNIT]': SCOPE is pool, master or worker; KEY is a key of the JSON
 * (model/field.h); OP is < <= > >= == !=. A worker rule holds when it holds for any worker.
 * The number is one that the figure can reach: a ratio is 0 to 1, so a rule with 20 for one is none.
 * A figure with bounds is judged at both of them; an estimate has none and is judged by its value.
 * Of two recordings there is one scope, diff: KEY is one of model/compare.h, the figure is B minus A,
 * and the number may have a sign: 'diff.cow_broken_ratio > +0.05'.
 */
#include "analysis/rule_parts.h"
#include "base/err.h"

enum rule_verdict {
	RULE_CLEAR,
	RULE_HOLDS,   /* the condition holds: the run fails */
	RULE_UNKNOWN, /* the figure is not known: an error, never a silent pass */
	RULE_OPEN,    /* it holds at one bound of the figure and not at the other: an error as well */
};

struct rule_result {
	enum rule_verdict verdict;
	struct measure figure; /* that decided: for workers the one furthest over the limit */
	double margin;         /* |value - limit| */
	pid_t pid;             /* of the process that decided; 0 for the pool */
	size_t workers, held;  /* of a worker rule: how many there are, and for how many of them it holds */
};

/* What is no rule is STATUS_USAGE, and the message says what was probably meant. */
int rule_parse(const char *text, struct rule *ret, struct err *err);
struct rule_result rule_check(const struct rule *r, const struct snapshot *s);

/* The same of two recordings. */
int rule_parse_diff(const char *text, struct rule *ret, struct err *err);
struct rule_result rule_check_diff(const struct rule *r, const struct comparison *c);

#endif
