#include "sink/when.h"

#include <stdio.h>
#include <time.h>
#include "base/clock.h"

/* Rounded down, also before the epoch. Every int64_t is in a year of four digits. */
static struct tm split(int64_t ns, unsigned int *ret_ms)
{
	int64_t rest = ns % SECOND;
	time_t s = ns / SECOND;
	struct tm tm = { 0 };

	if (rest < 0) {
		rest += SECOND;
		s--;
	}
	*ret_ms = (unsigned int)(rest / MILLISECOND);
	gmtime_r(&s, &tm);
	return tm;
}

char *when_ms(char out[static 32], int64_t ns)
{
	unsigned int ms;
	struct tm tm = split(ns, &ms);

	snprintf(out, 32, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", (tm.tm_year + 1900U) % 10000,
		 (tm.tm_mon + 1U) % 100, tm.tm_mday % 100U, tm.tm_hour % 100U, tm.tm_min % 100U,
		 tm.tm_sec % 100U, ms % 1000);
	return out;
}

char *when_s(char out[static 32], int64_t ns)
{
	unsigned int ms;
	struct tm tm = split(ns, &ms);

	snprintf(out, 32, "%04u-%02u-%02uT%02u:%02u:%02uZ", (tm.tm_year + 1900U) % 10000,
		 (tm.tm_mon + 1U) % 100, tm.tm_mday % 100U, tm.tm_hour % 100U, tm.tm_min % 100U,
		 tm.tm_sec % 100U);
	return out;
}
