#ifndef COWTOP_CMD_EXPORT_HTTP_H
#define COWTOP_CMD_EXPORT_HTTP_H

/* What is scraped: /metrics in both formats, also as gzip, /healthz, and / for people. */
#include "model/metric_set.h"
#include "sys/http.h"

/* All of it is made here, once for all who ask until the next time. */
void export_http_publish(struct http *h, const struct metric_set *m);

#endif
