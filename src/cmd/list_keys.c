#include "cmd/list_keys.h"

#include <stdio.h>
#include <string.h>
#include "analysis/rule_parts.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "cmd/output.h"

/* What is said of the pool behind it does not belong to a process. */
static size_t help_len(const struct field *f, enum rule_scope scope)
{
	const char *pool = scope == RULE_POOL ? NULL : strstr(f->help, "; pool: ");

	return pool ? (size_t)(pool - f->help) : strlen(f->help);
}

static void add_scope(struct buf *out, enum rule_scope scope)
{
	const struct field *f;
	char key[80];
	size_t i = 0, len;

	while ((f = rule_key_next(scope, &i))) {
		snprintf(key, sizeof(key), "%s.%s", rule_scope_name(scope), rule_key(scope, f));
		len = help_len(f, scope);
		buf_printf(out, "%-36s  %-7s  %.*s\n", key, unit_name(f->unit), (int)len, f->help);
	}
}

int list_keys(bool diff, struct err *err)
{
	cleanup(buf_release) struct buf out = { 0 };

	if (diff) {
		add_scope(&out, RULE_DIFF);
	} else {
		add_scope(&out, RULE_POOL);
		add_scope(&out, RULE_WORKER);
		add_scope(&out, RULE_MASTER);
	}
	return output_write(&out, err);
}
