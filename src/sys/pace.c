#include "sys/pace.h"

#include <sys/prctl.h>
#include <time.h>

/* The timer and the way back take as long again. */
#define PAUSE_NS PACE_BREATH_NS

bool pace_is_due(struct pace *p, int64_t now)
{
	if (now - p->left >= PACE_BREATH_NS)
		p->since = now;
	if (now - p->since < PACE_STINT_NS)
		return false;
	p->since = now;
	return true;
}

void pace_left(struct pace *p, int64_t now)
{
	p->left = now;
}

void pace_pause(void)
{
	pace_rest(PAUSE_NS);
}

void pace_rest(long ns)
{
	const struct timespec pause = { 0, ns };

	/* A timer may be late by 50 us otherwise. What this thread starts would inherit that: it is taken back. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	nanosleep(&pause, NULL);
	prctl(PR_SET_TIMERSLACK, 0UL);
}
