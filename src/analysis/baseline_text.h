#ifndef COWTOP_ANALYSIS_BASELINE_TEXT_H
#define COWTOP_ANALYSIS_BASELINE_TEXT_H

/*
 * What a figure came to beside the baseline, as a line for who reads the output of a build:
 *
 *	footprint_bytes 460.0 MiB, was 409.0 MiB: 12.5 % more (tolerance 5 %)
 */
#include "analysis/baseline.h"
#include "base/buf.h"

void baseline_tell(struct buf *out, const struct baseline_row *r, figure tolerance);

#endif
