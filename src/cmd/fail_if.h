#ifndef COWTOP_CMD_FAIL_IF_H
#define COWTOP_CMD_FAIL_IF_H

/*
 * --fail-if: the rules are checked on every sample and the last one decides, because a run does not know
 * which sample is its last (the pool may go away). What is no exact figure decides with its label; and
 * where the rule holds at one bound of a figure and not at the other, nothing is decided.
 */
#include "analysis/rule.h"
#include "model/snapshot.h"

struct fail_if_rule {
	struct rule rule;
	struct rule_result result;
	char why[512]; /* for RULE_UNKNOWN: what is missing; of a finding that is there what it says */
};

/* How the samples come: what it takes to have more of them. */
enum fail_if_samples {
	FAIL_IF_ASKED,       /* as -n, -i and -d say */
	FAIL_IF_AROUND_LOAD, /* one before a load and one after it */
	FAIL_IF_IN_LOAD,     /* as long as a load lasts, as -i says */
	FAIL_IF_RECORDED,    /* there are no more */
};

struct fail_if {
	struct fail_if_rule *items;
	size_t n, cap;
	enum fail_if_samples samples;
};

int fail_if_add(struct fail_if *g, const char *text, struct err *err);
void fail_if_check(struct fail_if *g, const struct snapshot *s);
/* Is there a rule on what was counted over a whole run, and not on its last sample? */
bool fail_if_is_of_run(const struct fail_if *g);
/* The same for the differences between two recordings. */
int fail_if_add_diff(struct fail_if *g, const char *text, struct err *err);
void fail_if_check_diff(struct fail_if *g, const struct comparison *c);
/* Say a line for each rule: PASS, FAIL or ERROR (analysis/rule_text.h). 0, or -1 with an empty message and
 * STATUS_RULE_HELD, or STATUS_FAILED when a rule could not be checked: that outweighs one that held. */
int fail_if_verdict(const struct fail_if *g, struct err *err);
void fail_if_release(struct fail_if *g);

#endif
