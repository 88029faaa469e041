#ifndef COWTOP_ANALYSIS_RULE_JUDGED_H
#define COWTOP_ANALYSIS_RULE_JUDGED_H

/* What a rule came to, as a check of a gate. */
#include "analysis/rule.h"
#include "model/judged.h"

enum judged_verdict rule_judged(enum rule_verdict v);
/* As judged_check has it. With a limit of zero there are no parts of it: what is beyond it is infinitely far. */
figure rule_beyond(const struct rule *r, const struct rule_result *res);

#endif
