#ifndef COWTOP_CMD_FAIL_IF_WHY_H
#define COWTOP_CMD_FAIL_IF_WHY_H

/* Why a rule cannot be checked, and what would help: the gap that the figure is missing by, not any that there is. */
#include "analysis/rule.h"

/* Into `out`, for a rule whose result is RULE_UNKNOWN. */
void fail_if_why(const struct rule *r, const struct rule_result *res, const struct snapshot *s, char *out,
		 size_t size);

#endif
