#ifndef COWTOP_ANALYSIS_WHY_GATHER_H
#define COWTOP_ANALYSIS_WHY_GATHER_H

/*
 * Why pages were copied, from the facts of one sample after the other (model/why_facts.h): what was seen of each worker
 * is added up (why_track.h) and judged (why_estimate.h, why_transfer.h). Pure. `cowtop why`, samples and recordings all
 * go this way.
 *
 *	struct why_gather *g = why_gather_new();
 *	for (each sample)
 *		why_gather_take(g, &sample);
 *	struct why *why = why_gather_judge(g, &snap, true);
 *	why_gather_free(g);
 */
#include "model/snapshot.h"
#include "model/why.h"

struct why_gather;

struct why_gather *why_gather_new(void);
void why_gather_free(struct why_gather *g); /* NULL is fine */
/* Only the worker with this pid; 0: all of them. */
void why_gather_only(struct why_gather *g, pid_t pid);
void why_gather_take(struct why_gather *g, const struct sample *s);
/*
 * What is known by the last sample, which `snap` is of; NULL: nobody asked in it. To foretell what references would have
 * copied takes much longer than a look: all workers are judged anew with `anew`, or where the sample is the last one of
 * a recording; else as many of them, in turns, as takes a hundredth of the time, and the others are as they were when
 * they were judged last. The caller releases it.
 */
struct why *why_gather_judge(struct why_gather *g, const struct snapshot *snap, bool anew);
/* All of it into the last sample: for those who begin to read there. */
void why_gather_tell(struct why_gather *g, struct sample *s);
/* How many that live have had a full collection since they were met, and how many have not. */
void why_gather_progress(const struct why_gather *g, size_t *ret_collected, size_t *ret_waiting);

#endif
