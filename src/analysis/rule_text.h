#ifndef COWTOP_ANALYSIS_RULE_TEXT_H
#define COWTOP_ANALYSIS_RULE_TEXT_H

/*
 * What a rule came to, as a line for who reads the output of a build: PASS, FAIL or ERROR, who it is about, the
 * figure with its label and the limit, both in the unit that the rule was given in.
 *
 *	FAIL worker 505: copied 68.0 % of the inherited (limit 20 %), 4 of 4 workers
 *	PASS pool: footprint_bytes 409.2 MiB (limit 1024 MiB)
 *	ERROR pool: faults.minor_per_s cannot be checked (limit 5/s): a rate needs two samples: add -n 2
 */
#include "analysis/rule.h"
#include "base/buf.h"

/* `why`: of a figure that is not known what is missing, of a finding what it says; or empty. */
void rule_tell(struct buf *out, const struct rule *r, const struct rule_result *res, const char *why);

#endif
