#ifndef COWTOP_ANALYSIS_TRIAL_H
#define COWTOP_ANALYSIS_TRIAL_H

/*
 * From the stories of all runs to a trial: figures with intervals, each variant against the baseline, the best one.
 *
 * Before: command, load, runs, and of each variant name, evidence, error, applied, runs and stories. A variant that did not
 * take is never judged. With one run of each there is nothing to tell noise by.
 */
#include "model/trial.h"

void trial_judge(struct trial *t);

#endif
