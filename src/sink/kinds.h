#ifndef COWTOP_SINK_KINDS_H
#define COWTOP_SINK_KINDS_H

/* Kinds of objects and modules on copied pages -> short tables (cowtop-why(1)). */
#include "base/buf.h"
#include "model/kinds.h"

/* What costs most in copied pages; nothing where there are no kinds. */
void text_kinds(struct buf *out, const struct kinds *k, size_t columns);

#endif
