/* A process that stays the same one, with pidfds and, under tests/deny, without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/cleanup.h"
#include "sys/pidref.h"

#define PATIENCE_MS 100000 /* the end of a hang: no busy machine gets there */

/* A child that waits for a signal. */
static pid_t start_child(void)
{
	pid_t self = getpid(), pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (getppid() == self)
			pause();
		_exit(0);
	}
	return pid;
}

/* Wait with poll(2) alone, as those who wait for other things as well. */
static void poll_for_end(struct pidref *p)
{
	struct pollfd end = { .fd = p->fd, .events = POLLIN };

	while (!pidref_ended(p))
		assert_int_equal(poll(&end, 1, PATIENCE_MS), 1);
}

static void the_end_is_seen_before_and_after_it_is_reaped(void **state)
{
	cleanup(pidref_release) struct pidref p = PIDREF_NONE;
	pid_t pid = start_child();

	assert_int_equal(pidref_open(&p, pid), 0);
	assert_false(pidref_ended(&p));
	assert_false(pidref_wait(&p, 30));
	assert_int_equal(pidref_signal(&p, SIGKILL), 0);
	poll_for_end(&p);
	assert_true(pidref_wait(&p, 0));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(pidref_ended(&p));
	assert_true(pidref_wait(&p, PATIENCE_MS));
	assert_int_equal(pidref_signal(&p, SIGKILL), -ESRCH);
}

static void waiting_ends_with_the_process(void **state)
{
	cleanup(pidref_release) struct pidref p = PIDREF_NONE;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		usleep(50000);
		_exit(0);
	}
	assert_int_equal(pidref_open(&p, pid), 0);
	assert_true(pidref_wait(&p, PATIENCE_MS));
	waitpid(pid, NULL, 0);
}

static void *linger(void *unused)
{
	for (;;)
		pause();
	return NULL;
}

/* The state of a process is that of its first thread: a zombie with another thread lives. */
static void a_first_thread_alone_is_no_end(void **state)
{
	cleanup(pidref_release) struct pidref p = PIDREF_NONE;
	siginfo_t info = { 0 };
	pthread_t thread;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (pthread_create(&thread, NULL, linger, NULL))
			_exit(1);
		pthread_exit(NULL);
	}
	assert_int_equal(pidref_open(&p, pid), 0);
	assert_false(pidref_wait(&p, 100));
	assert_int_equal(waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT), 0);
	assert_int_equal(info.si_pid, 0);
	assert_int_equal(pidref_signal(&p, SIGKILL), 0);
	assert_true(pidref_wait(&p, PATIENCE_MS));
	waitpid(pid, NULL, 0);
}

static void who_is_gone_cannot_be_had(void **state)
{
	struct pidref p;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	assert_int_equal(pidref_open(&p, pid), -ESRCH);
	assert_int_equal(p.fd, -1);
	pidref_release(&p);
}

/* Where tests/deny asks for the way without pidfds, it must be the one that was gone. */
static int check_way(void **state)
{
	cleanup(pidref_release) struct pidref p = PIDREF_NONE;

	if (pidref_open(&p, getpid()) < 0)
		return -1;
	return getenv("PIDREF_FOLDER") && p.folder < 0 ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_end_is_seen_before_and_after_it_is_reaped),
		cmocka_unit_test(waiting_ends_with_the_process),
		cmocka_unit_test(a_first_thread_alone_is_no_end),
		cmocka_unit_test(who_is_gone_cannot_be_had),
	};

	return cmocka_run_group_tests(tests, check_way, NULL);
}
