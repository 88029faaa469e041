#ifndef COWTOP_ANALYSIS_COUNTERS_H
#define COWTOP_ANALYSIS_COUNTERS_H

/*
 * Faults of an interval. Counters only grow; one that fell (the ledger began anew) makes its
 * difference unknown, so no rate is ever negative.
 */
#include "model/snapshot.h"

/* Faults since some beginning, or of an interval; as struct fault_figures splits them. */
struct counters {
	figure minor, major, cow, new, file;
	figure collapsed, filled; /* no faults */
};

#define COUNTERS_UNKNOWN ((struct counters){ UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN })

static inline struct counters counters_of(const struct proc_sample *p)
{
	return (struct counters){
		.minor = figure_of(p->minflt),
		.major = figure_of(p->majflt),
		.cow = figure_of(p->growth.cow),
		.new = figure_of(p->growth.new),
		.file = figure_of(p->growth.file),
		.collapsed = figure_of(p->growth.collapsed),
		.filled = figure_of(p->growth.filled),
	};
}

static inline figure counter_grown(figure before, figure now)
{
	return now >= before ? now - before : UNKNOWN;
}

/* What came between two readings of one process. */
static inline struct counters counters_between(const struct counters *before, const struct counters *now)
{
	return (struct counters){
		.minor = counter_grown(before->minor, now->minor),
		.major = counter_grown(before->major, now->major),
		.cow = counter_grown(before->cow, now->cow),
		.new = counter_grown(before->new, now->new),
		.file = counter_grown(before->file, now->file),
		.collapsed = counter_grown(before->collapsed, now->collapsed),
		.filled = counter_grown(before->filled, now->filled),
	};
}

static inline void counters_add(struct counters *to, const struct counters *more)
{
	to->minor += more->minor;
	to->major += more->major;
	to->cow += more->cow;
	to->new += more->new;
	to->file += more->file;
	to->collapsed += more->collapsed;
	to->filled += more->filled;
}

/*
 * The rates in `ret`, all but the correlation, from the counters of an interval. `ahead`: pages that
 * the ledger saw in the interval before, and whose faults count in this one; replaced by this one's.
 */
static inline void rates_of(const struct counters *interval, figure elapsed_s, figure *ahead,
			    struct fault_figures *ret)
{
	figure rest = interval->minor - interval->cow - interval->new - interval->file;
	figure other = rest - *ahead;

	ret->minor_per_s = interval->minor / elapsed_s;
	ret->major_per_s = interval->major / elapsed_s;
	ret->cow_per_s = interval->cow / elapsed_s;
	ret->new_per_s = interval->new / elapsed_s;
	ret->file_per_s = interval->file / elapsed_s;
	ret->collapsed_per_s = interval->collapsed / elapsed_s;
	ret->filled_per_s = interval->filled / elapsed_s;
	/*
	 * Pages and counter are read a moment apart: the ledger can be ahead. That is paid back by
	 * the next interval, or the parts would add up to more faults than there were.
	 */
	ret->other_per_s = (other < 0 ? 0 : other) / elapsed_s;
	*ahead = rest < 0 ? -rest : 0;
	ret->cow_fraction = UNKNOWN;
	if (interval->minor > 0 && known(interval->cow))
		ret->cow_fraction = interval->cow < interval->minor ? interval->cow / interval->minor : 1;
}

#endif
