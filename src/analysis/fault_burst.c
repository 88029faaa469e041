#include "analysis/fault_burst.h"

#include <math.h>

/* Below this many intervals nothing is usual. */
#define PAST_LEAST 3
#define MEAN_OVER 8

#define TIMES 5
#define FLOOR_PER_S 2000
#define FLOOR_S_LEAST 0.5
#define FLOOR_S_MOST 5

bool fault_burst_is(const struct fault_burst *p, figure faults, figure elapsed_s)
{
	figure floor_s = elapsed_s > FLOOR_S_LEAST ? elapsed_s : FLOOR_S_LEAST;

	if (floor_s > FLOOR_S_MOST)
		floor_s = FLOOR_S_MOST;

	/* Of what is not known neither comparison holds. */
	return p->n >= PAST_LEAST && faults >= FLOOR_PER_S * floor_s && faults >= TIMES * p->mean * elapsed_s;
}

void fault_burst_add(struct fault_burst *p, figure faults, figure elapsed_s)
{
	figure rate = faults / elapsed_s;

	if (!known(rate))
		return;
	p->burst = fault_burst_is(p, faults, elapsed_s);
	if (p->burst)
		rate = fmin(rate, fmax(FLOOR_PER_S, TIMES * p->mean));
	if (p->n < MEAN_OVER)
		p->n++;
	p->mean += (rate - p->mean) / (figure)p->n;
}
