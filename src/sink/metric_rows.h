#ifndef COWTOP_SINK_METRIC_ROWS_H
#define COWTOP_SINK_METRIC_ROWS_H

/*
 * All samples of all families of the table (model/metric.h), for those who write them in their own form: family after
 * family, in the order of the table, each sample of a known value once.
 */
#include "model/metric.h"
#include "model/metric_set.h"

/* A list ends with one without a name. One whose value is NULL or "" is not there. */
struct metric_label {
	const char *name, *value; /* a literal; foreign */
};

struct metric_writer {
	void *data;
	/* A family, of which there may be no sample. */
	void (*family)(void *data, const struct metric *m);
	/* `p`: of which pool; NULL: of the exporter or its host. */
	void (*add)(void *data, const struct metric_pool *p, const struct metric_label *labels, figure value);
};

void metric_rows(const struct metric_set *s, const struct metric_writer *w);

#endif
