#ifndef COWTOP_ANALYSIS_FIGURES_H
#define COWTOP_ANALYSIS_FIGURES_H

/*
 * The figures of one instant: of a process, and their sums over the pool. Rates are in rates.h.
 */
#include "model/snapshot.h"

/* Of one process, all but the rates. Not `all`: without those of the memory that others do not need. */
void figures_of_process(const struct proc_sample *p, const struct sample *s, bool all, struct figures *ret);

/* How many pages of a process count as copied and are perhaps its own, made after the fork. */
figure perhaps_new(const struct proc_sample *p);

/* What its figures are at the least, once they are there; all but the rates, which are those it has. */
void least_of_process(const struct proc_sample *p, const struct sample *s, struct proc_snapshot *ret);

/* Of the pool, all but the rates, from the figures and roles of snap->procs. */
void figures_of_pool(const struct snapshot *snap, struct figures *ret);
void least_of_pool(struct snapshot *snap);

/* Sums over the workers of one kind (model/snapshot.h), all but the rates and what the master is part of; and
 * what they are at the least. */
void figures_of_kind(const struct snapshot *snap, const struct proc_snapshot *kind, struct figures *ret,
		     struct figures *ret_least);

#endif
