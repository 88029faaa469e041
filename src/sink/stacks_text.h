#ifndef COWTOP_SINK_STACKS_TEXT_H
#define COWTOP_SINK_STACKS_TEXT_H

/* Parts of the text about call stacks, each behind an empty line. Private to the files of this layer. */
#include "base/buf.h"
#include "model/stack_report.h"

/* A table, the largest first; nothing when there is none. */
void stacks_text_roles(struct buf *out, const struct stack_report *r, size_t columns);
/* The `top` stacks, of each the innermost `frames` frames, as a debugger prints them. */
void stacks_text_top(struct buf *out, const struct stack_report *r, size_t top, size_t frames,
		     size_t columns);

#endif
