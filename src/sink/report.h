#ifndef COWTOP_SINK_REPORT_H
#define COWTOP_SINK_REPORT_H

/*
 * The story of a recording for people: a page of text, or a self-contained HTML page.
 */
#include "base/buf.h"
#include "model/story.h"

/* No escapes, no colour, at most `columns` (at least 80) wide. */
void report_text(struct buf *out, const struct story *s, size_t columns);
void report_html(struct buf *out, const struct story *s);

#endif
