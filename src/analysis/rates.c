#include "analysis/rates.h"

#include <math.h>

void rates_of(const struct counters *interval, figure elapsed_s, figure *ahead, struct fault_figures *ret)
{
	figure rest = interval->minor - interval->cow - interval->fresh - interval->file;
	figure other = rest - *ahead;

	ret->minor_per_s = interval->minor / elapsed_s;
	ret->major_per_s = interval->major / elapsed_s;
	ret->cow_per_s = interval->cow / elapsed_s;
	ret->fresh_per_s = interval->fresh / elapsed_s;
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
		ret->cow_fraction = fmin(1, interval->cow / interval->minor);
}
