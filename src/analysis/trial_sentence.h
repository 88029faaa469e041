#ifndef COWTOP_ANALYSIS_TRIAL_SENTENCE_H
#define COWTOP_ANALYSIS_TRIAL_SENTENCE_H

/*
 * What a trial says in a sentence or two, of one that is judged but for its text.
 */
#include "base/buf.h"
#include "model/trial.h"

/* `as_good`: of each variant, whether it costs the pool no more than the best one, as far as noise lets it be told. */
void trial_sentence(const struct trial *t, const bool *as_good, struct buf *out);

#endif
