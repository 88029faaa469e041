/*
 * A shim for LD_PRELOAD that sets the clock of the day back by an hour, as an administrator does, while
 * the file $CLOCK_BACK is there.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t id, struct timespec *t)
{
	const char *back = getenv("CLOCK_BACK");
	int r = (int)syscall(SYS_clock_gettime, id, t);

	if (r == 0 && id == CLOCK_REALTIME && back && access(back, F_OK) == 0)
		t->tv_sec -= 3600;
	return r;
}
