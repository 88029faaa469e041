#include "analysis/fault_burst.h"

#include <math.h>

/* Below this many intervals nothing is usual. */
#define PAST_LEAST 3
#define MEAN_OVER 8

#define TIMES 5
#define FLOOR_PER_S 2000
#define LEAST_S 0.5
#define FLOOR_S_MOST 5

/* Of what is not known neither comparison holds. */
static bool is_burst(const struct fault_burst *p, figure faults, figure over_s)
{
	figure floor_s = fmin(fmax(over_s, LEAST_S), FLOOR_S_MOST);

	return p->n >= PAST_LEAST && faults >= FLOOR_PER_S * floor_s && faults >= TIMES * p->mean * over_s;
}

bool fault_burst_is(const struct fault_burst *p, figure faults, figure elapsed_s)
{
	return is_burst(p, p->held + faults, p->held_s + elapsed_s);
}

void fault_burst_add(struct fault_burst *p, figure faults, figure elapsed_s)
{
	figure rate;
	bool burst;

	if (!known(faults / elapsed_s))
		return;
	p->held += faults;
	p->held_s += elapsed_s;
	burst = is_burst(p, p->held, p->held_s);
	if (p->held_s < LEAST_S) {
		p->burst |= burst;
		return;
	}
	rate = p->held / p->held_s;
	p->held = p->held_s = 0;
	p->burst = burst;
	if (p->burst)
		rate = fmin(rate, fmax(FLOOR_PER_S, TIMES * p->mean));
	if (p->n < MEAN_OVER)
		p->n++;
	p->mean += (rate - p->mean) / (figure)p->n;
}
