#ifndef COWTOP_SINK_OTLP_H
#define COWTOP_SINK_OTLP_H

/*
 * Metrics -> lines of OTLP, each an ExportMetricsServiceRequest (opentelemetry-proto 1) as JSON, by the table of
 * model/metric.h: one line, and where they are many more, of half a MiB each. Names have dots, and no unit behind them, which has a place of its own: cowtop_pool_cow_bytes is
 * cowtop.pool.cow in By, and what makes names of Prometheus of those gets the same as openmetrics() has. Counters
 * are cumulative sums from their beginning on, all else gauges; each point has the time of its sample.
 */
#include "base/buf.h"
#include "model/metric_set.h"

/* What each line, and so a file of them, begins with. */
#define OTLP_BEGINS "{\"resourceMetrics\":"

/* `host`: its name; foreign. */
void otlp(struct buf *out, const struct metric_set *s, const char *host);

#endif
