#ifndef COWTOP_SINK_COMPARE_H
#define COWTOP_SINK_COMPARE_H

/* Two recordings side by side, for people. */
#include "base/buf.h"
#include "model/compare.h"

/* `a` and `b` are what to call them: foreign. No escapes, no colour. */
void compare_text(struct buf *out, const struct comparison *c, const char *a, const char *b, size_t columns);
void compare_html(struct buf *out, const struct comparison *c, const char *a, const char *b);

#endif
