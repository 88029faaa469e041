#ifndef COWTOP_ANALYSIS_FINDINGS_H
#define COWTOP_ANALYSIS_FINDINGS_H

/*
 * Findings in plain language, each with the figure behind it and its label. The table in findings.c has
 * them all, the files findings_*.c when each applies; what is not known applies to nothing, and what no
 * longer applies is gone. One finding a kind: it counts the workers it is about, and names the process when
 * there is only one.
 */
#include "analysis/history.h"

/* Fills snap->findings, the weightiest first: those with the most bytes (of what grows: in an hour), then
 * the others. */
void findings_of(const struct history *now, struct snapshot *snap);

#endif
