#ifndef COWTOP_SINK_DOCTOR_H
#define COWTOP_SINK_DOCTOR_H

/*
 * struct access -> text for people, at most 80 columns but for the lines to copy, which are never cut.
 */
#include "base/buf.h"
#include "model/access.h"

void text_access(struct buf *out, const struct access *a);

#endif
