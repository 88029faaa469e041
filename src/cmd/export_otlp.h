#ifndef COWTOP_CMD_EXPORT_OTLP_H
#define COWTOP_CMD_EXPORT_OTLP_H

/*
 * Metrics as lines of OTLP behind the end of a file. The file is opened for each sample, so that one which was moved
 * away is followed by a new one, and only whole lines stay in it: what a failed write leaves is taken back, what was
 * cut by others ends where the next line begins. A file that holds anything else is not written to.
 */
#include "base/err.h"
#include "model/metric_set.h"

/* Where the file would pass `most` bytes it becomes FILE.1, which it replaces. "-" is standard output. */
int export_otlp(const char *path, uint64_t most, const struct metric_set *m, struct err *err);

#endif
