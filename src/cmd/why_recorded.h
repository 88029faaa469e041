#ifndef COWTOP_CMD_WHY_RECORDED_H
#define COWTOP_CMD_WHY_RECORDED_H

/* Why the workers of a recorded pool have copied pages: what `cowtop record --why` has seen. */
#include "analysis/analysis.h"
#include "cmd/options.h"
#include "cmd/sample_view.h"

/* Is it a file with a recording in it, or one that comes through a pipe, and not a name or a pid file? */
bool why_is_recorded(const struct operands *rest);
/* Into `a` goes all that it tells, into `ret`, which is zeroed, its last sample. STATUS_FAILED when it was recorded
 * without, or has no sample. */
int why_recorded(const char *path, struct analysis *a, struct sample_view *ret, struct err *err);

#endif
