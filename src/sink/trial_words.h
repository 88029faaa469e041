#ifndef COWTOP_SINK_TRIAL_WORDS_H
#define COWTOP_SINK_TRIAL_WORDS_H

/* Words of a trial, for the trial_*.c files. */
#include "base/buf.h"
#include "model/trial.h"

/* "yes" "no" "?" */
const char *trial_applied_word(const struct trial_variant *v);
/* What there is in place of a verdict, where there is none: "not applied" "failed" "cannot be told". */
const char *trial_verdict_words(const struct trial_variant *v);
/* "gc.freeze: applied: frozen objects 271449 in 4 of 4 workers", "...; 1 of 3 runs: the load ended with status 9"; foreign
 * bytes are not cleaned yet. */
void trial_evidence_words(struct buf *out, const struct trial *t, const struct trial_variant *v);
/* What a verdict goes by, a line above the table of pools. */
const char *trial_change_words(const struct trial *t);

#endif
