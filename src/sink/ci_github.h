#ifndef COWTOP_SINK_CI_GITHUB_H
#define COWTOP_SINK_CI_GITHUB_H

/* Workflow commands of GitHub Actions: what failed, or could not be judged, is an annotation of the run, the worst
 * first, and no more than GitHub shows of a step; it drops all others without a word. */
#include "base/buf.h"
#include "model/judged.h"

#define GITHUB_ANNOTATIONS 10

/* Lines, each for itself; nothing when all have passed. */
void github_annotations(struct buf *out, const struct judged *j);

#endif
