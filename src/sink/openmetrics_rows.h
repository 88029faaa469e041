#ifndef COWTOP_SINK_OPENMETRICS_ROWS_H
#define COWTOP_SINK_OPENMETRICS_ROWS_H

/* The samples of one family: o->metric. */
#include "sink/metric_out.h"

void metric_rows(struct metric_out *o);

#endif
