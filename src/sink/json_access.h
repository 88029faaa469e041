#ifndef COWTOP_SINK_JSON_ACCESS_H
#define COWTOP_SINK_JSON_ACCESS_H

/*
 * struct access -> one JSON document, schema cowtop.doctor/1. Keys are only ever added.
 */
#include "base/buf.h"
#include "model/access.h"

/* `pretty`: indented over several lines; otherwise one line. Ends with a newline. */
void json_access(struct buf *out, const struct access *a, bool pretty);

#endif
