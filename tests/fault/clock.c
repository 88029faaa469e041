/*
 * A shim for LD_PRELOAD that has the clock of the day another way than it is: an hour back while the file $CLOCK_BACK
 * is there, an hour ahead while $CLOCK_AHEAD is, as an administrator sets it; and beginning at $CLOCK_FROM, in
 * seconds since the epoch, from where a second of it is 600.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define S 1000000000LL

static int is_there(const char *variable)
{
	const char *path = getenv(variable);

	return path && access(path, F_OK) == 0;
}

static void from(long long begin, struct timespec *t)
{
	static long long first;
	long long now;
	struct timespec m;

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &m);
	now = m.tv_sec * S + m.tv_nsec;
	if (!first)
		first = now;
	now = begin * S + (now - first) * 600;
	t->tv_sec = now / S - (now % S < 0);
	t->tv_nsec = now - t->tv_sec * S;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
	int r = (int)syscall(SYS_clock_gettime, id, t);

	if (r != 0 || id != CLOCK_REALTIME)
		return r;
	if (getenv("CLOCK_FROM"))
		from(atoll(getenv("CLOCK_FROM")), t);
	t->tv_sec += 3600 * (is_there("CLOCK_AHEAD") - is_there("CLOCK_BACK"));
	return r;
}
