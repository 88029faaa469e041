#ifndef COWTOP_ANALYSIS_RULE_PARTS_H
#define COWTOP_ANALYSIS_RULE_PARTS_H

/* What a rule is made of, and the keys that there are for it: analysis/rule.h makes and checks rules. */
#include "model/compare.h"
#include "model/tally.h"
#include "model/why_field.h"

enum rule_scope { RULE_POOL, RULE_MASTER, RULE_WORKER, RULE_DIFF, RULE_SCOPES };
enum rule_op { OP_LT, OP_LE, OP_GT, OP_GE, OP_EQ, OP_NE };

struct rule {
	const char *text; /* as given; borrowed */
	enum rule_scope scope;
	const struct field *field;
	enum rule_op op;
	double limit;
	char unit[8]; /* that the limit was given in: "%", "MiB", or none */
	double worth; /* what one of it is in the figure's own */
};

const char *rule_scope_name(enum rule_scope scope); /* "pool" "master" "worker" "diff" */

/* The key of a field in a scope; NULL: it is not in it. */
const char *rule_key(enum rule_scope scope, const struct field *f);
/* The field with this key there, or NULL. */
const struct field *rule_key_find(enum rule_scope scope, const char *key);
/*
 * All of them, in the order of the JSON:
 *
 *	for (i = 0; (f = rule_key_next(scope, &i));)
 *		... rule_key(scope, f) ...
 */
const struct field *rule_key_next(enum rule_scope scope, size_t *at);

#endif
