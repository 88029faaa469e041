#include "analysis/rule_parts.h"

#include <string.h>

const char *rule_scope_name(enum rule_scope scope)
{
	static const char *const names[RULE_SCOPES] = {
		[RULE_POOL] = "pool",
		[RULE_MASTER] = "master",
		[RULE_WORKER] = "worker",
		[RULE_DIFF] = "diff",
	};

	return names[scope];
}

const char *rule_key(enum rule_scope scope, const struct field *f)
{
	return scope == RULE_POOL ? f->pool_key : f->process_key;
}

/* The row of this number, of all tables that the scope has; NULL: there is none. */
static const struct field *row(enum rule_scope scope, size_t i)
{
	if (scope == RULE_DIFF)
		return i < COMPARE_ROWS ? &compare_fields[i] : NULL;
	if (i < nfields)
		return &fields[i];
	/* of a pool alone */
	i -= nfields;
	if (i < TALLY_ROWS)
		return &tally_fields[i];
	i -= TALLY_ROWS;
	return i < WHY_FIGURES ? &why_fields[i] : NULL;
}

const struct field *rule_key_next(enum rule_scope scope, size_t *at)
{
	const struct field *f;

	while ((f = row(scope, (*at)++))) {
		if (rule_key(scope, f))
			return f;
	}
	return NULL;
}

const struct field *rule_key_find(enum rule_scope scope, const char *key)
{
	const struct field *f;
	size_t i = 0;

	while ((f = rule_key_next(scope, &i))) {
		if (!strcmp(rule_key(scope, f), key))
			return f;
	}
	return NULL;
}
