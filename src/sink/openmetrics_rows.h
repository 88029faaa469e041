#ifndef COWTOP_SINK_OPENMETRICS_ROWS_H
#define COWTOP_SINK_OPENMETRICS_ROWS_H

/* The samples of one family. */
#include "base/buf.h"
#include "model/metric.h"
#include "model/metric_set.h"
#include "sink/openmetrics.h"

struct metric_out {
	struct buf *out;
	const struct metric_set *set;
	enum metric_format format;
	const struct metric *metric;      /* the family that is written */
	bool named;                       /* its head is there */
	struct metric_subject **subjects; /* of each pool */
	const size_t *nsubjects;
};

/* A label; a list ends with one without a name. One whose value is NULL or "" is not there. */
struct metric_label {
	const char *name, *value;
};

/* One sample, and the head of the family before its first; nothing where the value is not known. */
void metric_add(struct metric_out *o, const struct metric_label *labels, figure value);
/* All samples of o->metric. */
void metric_rows(struct metric_out *o);

#endif
