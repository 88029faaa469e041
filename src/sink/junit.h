#ifndef COWTOP_SINK_JUNIT_H
#define COWTOP_SINK_JUNIT_H

/*
 * What was judged, as JUnit's XML: a suite for each pool, in it a test case for each check. What failed is a failure,
 * what could not be judged an error. The elements and attributes are those that Jenkins and GitLab read.
 */
#include "base/buf.h"
#include "model/judged.h"

void junit_judged(struct buf *out, const struct judged *j);

#endif
