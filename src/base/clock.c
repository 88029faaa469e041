#include "base/clock.h"

int64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	return clock_gettime(clock, &t) < 0 ? 0 : t.tv_sec * SECOND + t.tv_nsec;
}

int64_t clock_now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}
