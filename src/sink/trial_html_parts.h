#ifndef COWTOP_SINK_TRIAL_HTML_PARTS_H
#define COWTOP_SINK_TRIAL_HTML_PARTS_H

/*
 * Sections of the page of a trial. A variant has the same number, colour and dashes in all of them; the baseline
 * is number 0. What colour says is said by words, dashes or numbers as well.
 */
#include "base/buf.h"
#include "model/trial.h"

/* What the page needs besides the style of every page. */
extern const char trial_style[];

/* The number of a variant, in its colour. */
void trial_key(struct buf *out, size_t i);
/* The classes of its lines in a drawing. */
#define TRIAL_LINE 32
char *trial_line(char out[static TRIAL_LINE], size_t i);

/* The difference of each variant's footprint, with its interval, around zero. */
void trial_intervals(struct buf *out, const struct trial *t);
/* A row for each variant. */
void trial_table(struct buf *out, const struct trial *t);
/* What workers copied and what the pool cost over time, all variants in one drawing. */
void trial_curves(struct buf *out, const struct trial *t);
/* Each variant that was compared: all figures, as in a diff. */
void trial_details(struct buf *out, const struct trial *t);

#endif
