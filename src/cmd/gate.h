#ifndef COWTOP_CMD_GATE_H
#define COWTOP_CMD_GATE_H

/*
 * --fail-if as a gate: the rules are checked on every sample and the last one decides, because a
 * run does not know which sample is its last (the pool may go away). What is no exact figure decides with a
 * word about it; and where the rule holds at one bound of a figure and not at the other, nothing is decided.
 */
#include "analysis/rule.h"
#include "model/snapshot.h"

struct gate_rule {
	struct rule rule;
	struct rule_result result;
	char why[192]; /* for RULE_UNKNOWN: what is missing */
};

struct gate {
	struct gate_rule *items;
	size_t n, cap;
};

int gate_add(struct gate *g, const char *text, struct err *err);
void gate_check(struct gate *g, const struct snapshot *s);
/* The same for the differences between two recordings. */
int gate_add_diff(struct gate *g, const char *text, struct err *err);
void gate_check_diff(struct gate *g, const struct comparison *c);
/* Say one line for every rule that held or could not be checked, or that is clear by a figure which is not
 * exact. STATUS_OK, STATUS_RULE_HELD, or STATUS_FAILED when one could not be checked: that outweighs a rule
 * that held. */
enum status gate_verdict(const struct gate *g);
void gate_release(struct gate *g);

#endif
