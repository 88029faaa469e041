#ifndef COWTOP_SINK_METRIC_OUT_H
#define COWTOP_SINK_METRIC_OUT_H

/* Where samples go, and one sample as a line. */
#include "base/buf.h"
#include "model/metric.h"
#include "model/metric_set.h"

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

#endif
