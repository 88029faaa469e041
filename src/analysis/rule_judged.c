#include "analysis/rule_judged.h"

enum judged_verdict rule_judged(enum rule_verdict v)
{
	static const enum judged_verdict of[] = {
		[RULE_CLEAR] = JUDGED_PASSED,
		[RULE_HOLDS] = JUDGED_FAILED,
		[RULE_UNKNOWN] = JUDGED_ERROR,
		[RULE_OPEN] = JUDGED_ERROR,
	};

	return of[v];
}

figure rule_beyond(const struct rule *r, const struct rule_result *res)
{
	figure part = res->margin > 0 ? res->margin / fabs(r->limit) : 0;

	if (r->op == OP_EQ || r->op == OP_NE || res->verdict == RULE_UNKNOWN || res->verdict == RULE_OPEN)
		return UNKNOWN;
	return res->verdict == RULE_HOLDS ? part : -part;
}
