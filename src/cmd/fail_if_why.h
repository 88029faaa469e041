#ifndef COWTOP_CMD_FAIL_IF_WHY_H
#define COWTOP_CMD_FAIL_IF_WHY_H

/* Why a rule cannot be checked, and what would help: the gap that the figure is missing by, not any that there is. */
#include "cmd/fail_if.h"

/* Into its `why`, for a rule whose result is RULE_UNKNOWN. */
void fail_if_why(enum fail_if_samples samples, struct fail_if_rule *rule, const struct snapshot *s);

#endif
