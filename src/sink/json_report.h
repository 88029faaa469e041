#ifndef COWTOP_SINK_JSON_REPORT_H
#define COWTOP_SINK_JSON_REPORT_H

/*
 * The story of a recording as one JSON document, `cowtop.report/1`, and two side by side,
 * `cowtop.diff/1`. Unknown is null.
 */
#include "base/buf.h"
#include "model/compare.h"

void json_report(struct buf *out, const struct story *s, bool pretty);
void json_comparison(struct buf *out, const struct comparison *c, bool pretty);

#endif
