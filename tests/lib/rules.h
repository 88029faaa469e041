#ifndef COWTOP_TESTS_RULES_H
#define COWTOP_TESTS_RULES_H

/*
 * Rules that tests write: each must be one.
 */
#include "lib/fixture.h"
#include "analysis/rule.h"

static inline struct rule parsed(const char *text)
{
	struct rule r = { 0 };
	struct err err = { 0 };

	if (rule_parse(text, &r, &err) < 0)
		fail_msg("'%s': %s", text, err.msg);
	return r;
}

static inline enum rule_verdict verdict(const char *text, const struct snapshot *s)
{
	struct rule r = parsed(text);

	return rule_check(&r, s).verdict;
}

#endif
