#ifndef COWTOP_CMD_GATE_TRIAL_H
#define COWTOP_CMD_GATE_TRIAL_H

/*
 * What a trial found, for a gate: a pool for each variant, with whether it ran and took, and its figures. What is held
 * against a --baseline is the command as it is. One that did not take is skipped: it has shown nothing. A summary begins
 * with what the trial found.
 *
 *	gate_open(&gate, &set.gate, err);
 *	...
 *	gate_trial(&gate, &trial);
 *	return gate_end(&gate, r, err);
 */
#include "cmd/gate.h"
#include "model/trial.h"

/* Instead of gate_pool() and gate_rules(). */
void gate_trial(struct gate *g, const struct trial *t);

#endif
