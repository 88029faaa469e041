#ifndef COWTOP_SINK_TRIAL_H
#define COWTOP_SINK_TRIAL_H

/* What cowtop try found: a table for people, one JSON document (cowtop.try/1), a page, a table in Markdown. */
#include "base/buf.h"
#include "model/trial.h"

/* No escapes, at most `columns` (at least 80) wide. */
void trial_text(struct buf *out, const struct trial *t, size_t columns);
void trial_json(struct buf *out, const struct trial *t);
/* The curves of all variants over one another. */
void trial_html(struct buf *out, const struct trial *t);
void trial_markdown(struct buf *out, const struct trial *t);

#endif
