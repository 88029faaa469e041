#ifndef COWTOP_ANALYSIS_STANDING_H
#define COWTOP_ANALYSIS_STANDING_H

/* How a pool stands, by one sample, by recordings, by the runs of a trial. Nothing is borrowed. */
#include "model/snapshot.h"
#include "model/standing.h"
#include "model/trial.h"

void standing_of_snapshot(const struct snapshot *s, struct standing *ret);
/* Each run counts once; of one alone nothing tells what is noise. */
void standing_of_runs(const struct compare_runs *runs, struct standing *ret);
/* Samples of the same pool in several runs; each counts once. */
void standing_of_samples(const struct standing *samples, size_t n, struct standing *ret);
void standing_of_variant(const struct trial_variant *v, struct standing *ret);

#endif
