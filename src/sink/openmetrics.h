#ifndef COWTOP_SINK_OPENMETRICS_H
#define COWTOP_SINK_OPENMETRICS_H

/*
 * Metrics -> text, as Prometheus takes it, by the table of model/metric.h. A family without a sample is not named.
 * Foreign bytes in labels are cleaned. No sample has a time: who scrapes knows when.
 */
#include "base/buf.h"
#include "model/metric.h"
#include "model/metric_set.h"

/* What goes into a Content-Type. */
const char *metric_format_type(enum metric_format f);

void openmetrics(struct buf *out, const struct metric_set *s, enum metric_format f);

#endif
