#ifndef COWTOP_SINK_METRIC_PAGE_H
#define COWTOP_SINK_METRIC_PAGE_H

/* The pools that are exported, as a page for people. */
#include "base/buf.h"
#include "model/metric_set.h"

void metric_page(struct buf *out, const struct metric_set *s);

#endif
