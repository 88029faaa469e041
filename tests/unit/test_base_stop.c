#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/stop.h"
#include "lib/between.h"

/* The kernel has no memory to wait with, at any time: these are instead of the C library's. */
static atomic_uint waits;

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	waits++;
	errno = ENOMEM;
	return -1;
}

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	errno = ENOMEM;
	return -1;
}

static void test_stop__counts_without_waiting(void **state)
{
	assert_int_equal(stop_asked(), 0);
	raise(SIGTERM);
	assert_int_equal(stop_asked(), 1);
	assert_int_equal(stop_asked(), 1);
	raise(SIGINT);
	raise(SIGHUP);
	assert_int_equal(stop_asked(), 3);
}

/* What it uses of a processor is a small part of the time that passes, on a busy machine as well. */
static void test_stop__watch_does_not_spin(void **state)
{
	enum { SPINNING = 10000 };
	int64_t until = clock_now() + SECOND / 2;

	while (clock_now() < until && waits < SPINNING)
		usleep(1000);
	assert_between(waits, 1, SPINNING - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stop__counts_without_waiting),
		cmocka_unit_test(test_stop__watch_does_not_spin),
	};

	signal(SIGHUP, SIG_DFL); /* one that nohup(1) has ignored stays so */
	stop_guard(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
