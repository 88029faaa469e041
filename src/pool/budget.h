#ifndef COWTOP_POOL_BUDGET_H
#define COWTOP_POOL_BUDGET_H

/*
 * The account of cowtop's own CPU time, for a run that may use a share of one CPU and no more. What the share
 * earns with time is credit, everything that cowtop does is paid from it, also what it does beside its
 * samples. Pure: whoever holds it reads the clocks.
 *
 * Reading pages is what costs, so it is what waits: it happens when it can be paid beforehand, by what reading
 * one process took before. Only the first look at a process may go into debt, as far as half a minute earns:
 * it decides much, and what was never read leaves the pool without a sum. The rest of a sample (faults,
 * collectors, who came and went) comes every time; as long as pages wait it may take half of the share, and
 * all of it otherwise: when that is not enough, the interval grows.
 *
 * Ten seconds' worth can be saved up, or as much as the reading that waits will take; a run may begin with a
 * part of it. The first sample is a debt like any other. It is paid back with half of the share at the least, and from
 * then on the run as a whole has used no more than its share and that part. It makes pages wait, and where something
 * was saved not the other samples: what it took is no measure of what they will. A run that begins with nothing keeps
 * to its share from the start, so they wait as well. What is done apart, now and then, is never such a measure.
 *
 *	struct budget b;
 *	budget_init(&b, 0.02, 0, now_ns, cpu_ns);
 *	for (each sample) {
 *		budget_begin(&b, now_ns, cpu_ns);
 *		do something else for budget_apart_may(), then budget_apart(&b, cpu_ns_that_it_took);
 *		if (budget_affords(&b, n, anybody_is_new))
 *			read n, then budget_read(&b, n, cpu_ns_that_it_took);
 *		wait(at least budget_interval(&b, deferred));
 *	}
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct budget {
	double share;           /* of one CPU; 0: no limit */
	int64_t now_ns, cpu_ns; /* when the last sample began: monotonic, and own CPU time until then */
	int64_t read_ns;        /* of that sample: what reading pages, and what is apart, took */
	double credit_ns;       /* CPU time that may be used; negative: it is owed */
	double process_ns;      /* what reading one process takes; 0: not known yet */
	double tick_ns;         /* what a sample takes without it, with all that is done until the next one */
	double wanted_ns;       /* what the reading that waits will take; 0: none does */
	bool strict;            /* it began with nothing saved */
	bool begun, looked;     /* it has had a sample; that was not the one which is going on */
};

/* `saved_s`: what it begins with, in what so many seconds earn. */
void budget_init(struct budget *b, double share, double saved_s, int64_t now_ns, int64_t cpu_ns);
/* A sample begins: what came since the one before is earned and paid. */
void budget_begin(struct budget *b, int64_t now_ns, int64_t cpu_ns);
/* May `n` processes be read now? `urgent`: there is one among them that never was. */
bool budget_affords(struct budget *b, size_t n, bool urgent);
/* They were, and it took so much. */
void budget_read(struct budget *b, size_t n, int64_t cpu_ns);
/* What a sample may take for something that is not done every time, beside what was left of that before. */
int64_t budget_apart_may(const struct budget *b, int64_t elapsed_ns);
/* It was done, and took so much. */
void budget_apart(struct budget *b, int64_t cpu_ns);
/* The next sample is a first look again: at another pool. */
void budget_anew(struct budget *b);
/* From one sample to the next at the least; 0: no limit. `waits`: there are pages that have to be read. */
int64_t budget_interval(const struct budget *b, bool waits);

#endif
