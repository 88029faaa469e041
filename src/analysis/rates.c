#include "analysis/rates.h"

#include <math.h>

struct counters counters_of(const struct proc_sample *p)
{
	return (struct counters){
		.minor = figure_of(p->minflt),
		.major = figure_of(p->majflt),
		.cow = figure_of(p->growth.cow),
		.fresh = figure_of(p->growth.fresh),
		.file = figure_of(p->growth.file),
		.collapsed = figure_of(p->growth.collapsed),
		.filled = figure_of(p->growth.filled),
	};
}

static figure grown(figure before, figure now)
{
	return now >= before ? now - before : UNKNOWN;
}

struct counters counters_between(struct counters before, struct counters now)
{
	return (struct counters){
		.minor = grown(before.minor, now.minor),
		.major = grown(before.major, now.major),
		.cow = grown(before.cow, now.cow),
		.fresh = grown(before.fresh, now.fresh),
		.file = grown(before.file, now.file),
		.collapsed = grown(before.collapsed, now.collapsed),
		.filled = grown(before.filled, now.filled),
	};
}

void counters_add(struct counters *to, struct counters more)
{
	to->minor += more.minor;
	to->major += more.major;
	to->cow += more.cow;
	to->fresh += more.fresh;
	to->file += more.file;
	to->collapsed += more.collapsed;
	to->filled += more.filled;
}

void rates_of(struct counters interval, figure elapsed_s, figure *ahead, struct fault_figures *ret)
{
	figure rest = interval.minor - interval.cow - interval.fresh - interval.file;
	figure other = rest - *ahead;

	ret->minor_per_s = interval.minor / elapsed_s;
	ret->major_per_s = interval.major / elapsed_s;
	ret->cow_per_s = interval.cow / elapsed_s;
	ret->fresh_per_s = interval.fresh / elapsed_s;
	ret->file_per_s = interval.file / elapsed_s;
	ret->collapsed_per_s = interval.collapsed / elapsed_s;
	ret->filled_per_s = interval.filled / elapsed_s;
	/*
	 * Pages and counter are read a moment apart: the ledger can be ahead. That is paid back by
	 * the next interval, or the parts would add up to more faults than there were.
	 */
	ret->other_per_s = (other < 0 ? 0 : other) / elapsed_s;
	*ahead = rest < 0 ? -rest : 0;
	ret->cow_fraction = UNKNOWN;
	if (interval.minor > 0 && known(interval.cow))
		ret->cow_fraction = fmin(1, interval.cow / interval.minor);
}
