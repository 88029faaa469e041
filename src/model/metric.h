#ifndef COWTOP_MODEL_METRIC_H
#define COWTOP_MODEL_METRIC_H

/*
 * The one table of metrics: what `cowtop export` calls its series. Where a metric is a figure of model/field.c its
 * unit and help are that row's. Names are in base units (bytes, seconds, ratios of 1); a counter's sample has
 * "_total" behind the name, an info's "_info".
 *
 * To add a metric: a row here; where it is no figure, its function in sink/metric_rows.c; a line in
 * cowtop-export(1), METRICS.
 */
#include <stddef.h>

enum metric_type {
	METRIC_GAUGE,
	METRIC_COUNTER,
	METRIC_INFO,
};

/* Where the samples of a family come from. */
enum metric_source {
	METRIC_POOL,    /* a figure of the pool: label pool */
	METRIC_PROCESS, /* a figure of a process: labels pool, role and, of a worker, worker */
	/* From here on each has a function of its own. */
	METRIC_BUILD,
	METRIC_POOL_INFO,
	METRIC_UP,
	METRIC_LEVEL,
	METRIC_EXACTNESS,
	METRIC_FINDING,
	METRIC_STATES,
	METRIC_THRESHOLDS,
	METRIC_COLLECTIONS,
	METRIC_FAULTS,
	METRIC_COW,
	METRIC_CAUSE,
	METRIC_COLLAPSED,
	METRIC_NEW,
	METRIC_FULL,
	METRIC_FULL_COW,
	METRIC_EVENTS,
	METRIC_TIME,
	METRIC_COST,
	METRIC_DEFERRED,
	METRIC_CGROUP_LIMIT,
	METRIC_CGROUP_USED,
	METRIC_HOST_MEMORY,
	METRIC_HOST_AVAILABLE,
	METRIC_EXPORT_CPU,
	METRIC_EXPORT_SAMPLES,
	METRIC_EXPORT_DURATION,
	METRIC_EXPORT_POOLS,
	METRIC_EXPORT_GROUPED,
	METRIC_EXPORT_LEFT_OUT,
	METRIC_EXPORT_MISSING,
	METRIC_SOURCES,
};

enum metric_format {
	METRIC_FORMAT_OPENMETRICS, /* OpenMetrics 1.0 */
	METRIC_FORMAT_PROMETHEUS,  /* Prometheus' own, version 0.0.4, as node_exporter reads it as well */
};

struct metric {
	const char *name; /* of the family */
	enum metric_type type;
	enum metric_source source;
	size_t offset; /* of a figure: in struct figures */
	const char
		*unit; /* "bytes" "seconds" "ratio", which the name ends with; NULL: none, or the figure's */
	const char *help; /* one line, no full stop; NULL: the figure's */
};

extern const struct metric metrics[];
extern const size_t nmetrics;

/* "bytes" "seconds" "ratio"; NULL: it has none. */
const char *metric_unit(const struct metric *m);
const char *metric_help(const struct metric *m);

#endif
