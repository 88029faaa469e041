#ifndef COWTOP_SINK_CI_FIGURES_H
#define COWTOP_SINK_CI_FIGURES_H

/*
 * Figures for systems that keep them from build to build and show what has changed: few, of the pool and of a worker of
 * it, in units that people read. What is not known is not there.
 */
#include <stdbool.h>
#include "base/buf.h"
#include "model/judged.h"

/*
 * OpenMetrics, which Prometheus reads as well, and GitLab's metrics report: a gauge a figure, without a label but
 * `pool`, and that only where there are several. Rounded, to half a MiB, a percent and a tenth of what is counted, as
 * who compares texts would show each byte as a change.
 */
void ci_metrics(struct buf *out, const struct judged *j);
/*
 * github-action-benchmark, tool customSmallerIsBetter: an array of figures of which less is better, in MiB and percent,
 * with what they vary by from run to run, or the bounds that they lie between.
 */
void ci_benchmark(struct buf *out, const struct judged *j);

/* Is a row of compare_fields of interest from build to build? */
bool ci_has(const struct field *f);

#endif
