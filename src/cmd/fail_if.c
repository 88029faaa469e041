#include "cmd/fail_if.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "analysis/rule_text.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cmd/fail_if_why.h"
#include "cmd/output.h"

static int keep(struct fail_if *g, const struct rule *rule)
{
	vec_room(&g->items, g->n, &g->cap);
	g->items[g->n++] = (struct fail_if_rule){ .rule = *rule };
	return 0;
}

int fail_if_add(struct fail_if *g, const char *text, struct err *err)
{
	struct rule rule = { 0 };

	return rule_parse(text, &rule, err) < 0 ? -1 : keep(g, &rule);
}

int fail_if_add_diff(struct fail_if *g, const char *text, struct err *err)
{
	struct rule rule = { 0 };

	return rule_parse_diff(text, &rule, err) < 0 ? -1 : keep(g, &rule);
}

/* The finding that the rule is about. */
static const struct finding *find_finding(const struct rule *r, const struct snapshot *s)
{
	return tally_has(r->field) ? tally_finding(r->field, s) : NULL;
}

void fail_if_check(struct fail_if *g, const struct snapshot *s)
{
	for (size_t i = 0; i < g->n; i++) {
		struct fail_if_rule *rule = &g->items[i];
		const struct finding *found = find_finding(&rule->rule, s);

		rule->result = rule_check(&rule->rule, s);
		*rule->why = '\0';
		if (found)
			snprintf(rule->why, sizeof(rule->why), "%s", found->text);
		else if (rule->result.verdict == RULE_UNKNOWN)
			fail_if_why(g->samples, rule, s);
	}
}

bool fail_if_is_of_run(const struct fail_if *g)
{
	for (size_t i = 0; i < g->n; i++) {
		if (tally_has(g->items[i].rule.field))
			return true;
	}
	return false;
}

void fail_if_check_diff(struct fail_if *g, const struct comparison *c)
{
	for (size_t i = 0; i < g->n; i++) {
		struct fail_if_rule *rule = &g->items[i];
		const struct compare_row *row = &c->rows[rule->rule.field - compare_fields];
		bool a = known(row->a.mean), b = known(row->b.mean);

		rule->result = rule_check_diff(&rule->rule, c);
		*rule->why = '\0';
		if (rule->result.verdict != RULE_UNKNOWN)
			continue;
		if (a && b) {
			snprintf(rule->why, sizeof(rule->why), "it is not the same at the levels %s and %s",
				 level_name(c->a->level), level_name(c->b->level));
			continue;
		}
		snprintf(rule->why, sizeof(rule->why), "%s not know it",
			 !a && !b ? "both recordings do" :
			 a        ? "B does" :
				    "A does");
	}
}

/* One line, and what it makes of the run so far: what cannot be checked outweighs what failed. */
static enum status tell(const struct fail_if_rule *g, enum status status)
{
	cleanup(buf_release) struct buf line = { 0 };

	rule_tell(&line, &g->rule, &g->result, g->why);
	say_plain(line.data);
	if (g->result.verdict == RULE_CLEAR)
		return status;
	if (g->result.verdict == RULE_HOLDS)
		return status == STATUS_OK ? STATUS_RULE_HELD : status;
	return STATUS_FAILED;
}

int fail_if_verdict(const struct fail_if *g, struct err *err)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; i < g->n; i++)
		status = tell(&g->items[i], status);
	err->status = status;
	return status == STATUS_OK ? 0 : -1;
}

void fail_if_release(struct fail_if *g)
{
	free(g->items);
	*g = (struct fail_if){ 0 };
}
