#ifndef COWTOP_CMD_REPORT_PERFETTO_H
#define COWTOP_CMD_REPORT_PERFETTO_H

/*
 * From a recording to a trace (sink/perfetto.h).
 */
#include "base/err.h"
#include "base/when.h"

/* `path` and the part of it as recording_open() takes them; `out` is a file that appears whole or not at all, "-"
 * stdout. Says a line about what did not fit into the trace. */
int report_perfetto(const char *path, const struct when_span *span, const char *out, struct err *err);

#endif
