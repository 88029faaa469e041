#ifndef COWTOP_BASE_CLOCK_H
#define COWTOP_BASE_CLOCK_H

/*
 * Times are int64_t nanoseconds, and their names end in _ns. A second is here, and nowhere else.
 */
#include <stdint.h>
#include <time.h>

#define SECOND INT64_C(1000000000)
#define MILLISECOND INT64_C(1000000)

/* What a clock shows: CLOCK_REALTIME since 1970, CLOCK_BOOTTIME since the boot, CLOCK_PROCESS_CPUTIME_ID and a
 * thread's what they have used. 0 where there is no such clock (any more). */
int64_t clock_ns(clockid_t clock);
/* CLOCK_MONOTONIC: for what passes between two moments. It has no zero that means anything, and stands still
 * while the machine sleeps. */
int64_t clock_now(void);

static inline struct timespec clock_timespec(int64_t ns)
{
	return (struct timespec){ .tv_sec = ns / SECOND, .tv_nsec = ns % SECOND };
}

#endif
