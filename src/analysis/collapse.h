#ifndef COWTOP_ANALYSIS_COLLAPSE_H
#define COWTOP_ANALYSIS_COLLAPSE_H

/*
 * Pages that the kernel copied in making huge pages of small ones (khugepaged, MADV_COLLAPSE): no process
 * took a fault for them, so they are in no rate of faults. As a figure, an event and a finding.
 */
#include "analysis/history.h"

/* An event for each process of which pages were collapsed since the sample before. */
void events_of_collapse(const struct history *now, struct snapshot *snap);
/* A finding when such copies are worth a word, with what helps. */
void find_collapsed(struct snapshot *snap);

#endif
