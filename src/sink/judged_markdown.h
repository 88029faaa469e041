#ifndef COWTOP_SINK_JUDGED_MARKDOWN_H
#define COWTOP_SINK_JUDGED_MARKDOWN_H

/* What was judged, as Markdown for a comment or the summary of a job: a line with the verdict, all checks, the worst
 * first, and the pool's figures. Of more than fits into a comment the last checks are left out, and counted. */
#include "base/buf.h"
#include "model/judged.h"

void judged_markdown(struct buf *out, const struct judged *j);

#endif
