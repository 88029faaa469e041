#ifndef COWTOP_ANALYSIS_ANALYSIS_H
#define COWTOP_ANALYSIS_ANALYSIS_H

/*
 * Two samples -> a snapshot. Pure: no clock, no file, no global. The state holds what must outlive
 * a sample (slots of workers, the window of rates that the correlation is taken over, the counters
 * of the sample before); it is keyed by (pid, start time), so a reused pid is another process and
 * no rate is ever negative.
 *
 *	struct analysis *a = analysis_new();
 *	while (source gives a sample s) {
 *		struct snapshot snap = {0};
 *		analysis_next(a, &s, &snap);	// snap borrows from s
 *		...
 *		snapshot_release(&snap);
 *	}
 *	analysis_free(a);
 */
#include "model/snapshot.h"

struct analysis;
struct why_gather;

struct analysis *analysis_new(void);
void analysis_free(struct analysis *a); /* NULL is fine */
/* For those who do not show it: it stays unknown, and a day of samples is taken in faster. */
void analysis_leave_correlation(struct analysis *a);
/* The same of the memory, but RSS; where no pagemap could be read it is there. */
void analysis_leave_memory(struct analysis *a);
/* For those who show the last one of many: no snapshot gets collector groups and findings ... */
void analysis_leave_findings(struct analysis *a);
/* A sample that has facts on why pages were copied gives a snapshot that says so. */
void analysis_next(struct analysis *a, const struct sample *s, struct snapshot *ret);
/* A sample in between, of which no snapshot is wanted: what it says that no later one says again is taken in. */
void analysis_pass(struct analysis *a, const struct sample *s);
/* ... but the one given last, by this. */
void analysis_add_findings(struct analysis *a, struct snapshot *last);
/* For those who show the last one of many: no snapshot says why pages were copied ... */
void analysis_leave_why(struct analysis *a, bool leave);
/* ... but the one given last, by this: it is judged by all that is known now, and by what its sample has been given
 * since. */
void analysis_add_why(struct analysis *a, struct snapshot *last);
/* What was gathered of that, with these samples. */
struct why_gather *analysis_why(struct analysis *a);

#endif
