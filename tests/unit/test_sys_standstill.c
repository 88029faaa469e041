/*
 * Has a process run since it was looked at? A child that waits, and for a moment does what it is told. Nothing is
 * known where the kernel does not count (CONFIG_SCHED_INFO): then there is nothing to test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "sys/standstill.h"

#define PATIENCE_MS 100000 /* the end of a hang: no busy machine gets there */

struct child {
	pid_t pid;
	int to, from;
};

static struct procfs fs;

static void *wait_for_ever(void *arg)
{
	for (;;)
		pause();
	return NULL;
}

static void obey(char what)
{
	pthread_t thread;

	if (what == 't' && pthread_create(&thread, NULL, wait_for_ever, NULL))
		_exit(1);
	if (what == 'f' && !fork())
		pause(); /* killed with the process group */
}

static struct child child_start(void)
{
	int to[2], from[2];
	struct child c;
	char what;

	assert_int_equal(pipe(to), 0);
	assert_int_equal(pipe(from), 0);
	c.pid = fork();
	if (!c.pid) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(to[1]);
		while (read(to[0], &what, 1) == 1) {
			obey(what);
			if (write(from[1], &what, 1) != 1)
				break;
		}
		_exit(0);
	}
	setpgid(c.pid, c.pid);
	close(to[0]);
	close(from[1]);
	c.to = to[1];
	c.from = from[0];
	return c;
}

static void tell(const struct child *c, char what)
{
	char answer;

	assert_int_equal(write(c->to, &what, 1), 1);
	assert_int_equal(read(c->from, &answer, 1), 1);
}

static void child_stop(const struct child *c)
{
	kill(-c->pid, SIGKILL);
	waitpid(c->pid, NULL, 0);
	close(c->to);
	close(c->from);
}

/* Looked at, marked, and it has stood still since then. */
static void mark(struct standstill *s, const struct child *c)
{
	struct proc_stat st;

	standstill_keep_files(s, &fs, c->pid);
	for (int ms = 0; ms < PATIENCE_MS; ms++) {
		assert_int_equal(standstill_stat(s, &fs, c->pid, &st), 0);
		if (standstill_since_mark(s))
			return;
		standstill_mark(s);
		usleep(1000);
	}
	fail_msg("it never stands still");
}

static bool still(struct standstill *s, const struct child *c)
{
	struct proc_stat st;

	assert_int_equal(standstill_stat(s, &fs, c->pid, &st), 0);
	assert_int_equal(st.pid, c->pid);
	return standstill_since_mark(s);
}

/* The times of who waits are counted; one's own are when one leaves the processor. */
static bool kernel_counts(void)
{
	struct child c = child_start();
	cleanup_close int fd = procfs_file(&fs, c.pid, "schedstat");
	uint64_t ns = 0, times = 0;

	for (int tries = 0; fd >= 0 && tries < 100 && !(ns && times); tries++) {
		tell(&c, 'x');
		usleep(1000);
		assert_int_equal(proc_schedstat(fd, &ns, &times), 0);
	}
	child_stop(&c);
	if (!ns || !times)
		print_message("# the kernel does not count how often a process runs\n");
	return ns && times;
}

static void test_standstill__a_moment_is_enough(void **state)
{
	cleanup(standstill_release) struct standstill s = STANDSTILL_NONE;
	struct child c;

	if (!kernel_counts())
		skip();
	c = child_start();
	mark(&s, &c);
	for (int i = 0; i < 20; i++)
		assert_true(still(&s, &c));
	for (int i = 0; i < 20; i++) {
		tell(&c, 'x');
		assert_false(still(&s, &c));
		assert_false(still(&s, &c)); /* not until it is marked again */
		mark(&s, &c);
	}
	child_stop(&c);
}

/* The first one sleeps while another one runs. */
static void test_standstill__of_several_threads_nothing_is_known(void **state)
{
	cleanup(standstill_release) struct standstill s = STANDSTILL_NONE;
	struct proc_stat st;
	struct child c;

	if (!kernel_counts())
		skip();
	c = child_start();
	mark(&s, &c);
	tell(&c, 't');
	for (int i = 0; i < 5; i++) {
		assert_int_equal(standstill_stat(&s, &fs, c.pid, &st), 0);
		assert_int_equal(st.threads, 2);
		assert_false(standstill_since_mark(&s));
		standstill_mark(&s);
	}
	child_stop(&c);
}

static void test_standstill__children_are_known_while_it_lasts(void **state)
{
	cleanup(standstill_release) struct standstill s = STANDSTILL_NONE;
	struct child c;

	if (!kernel_counts())
		skip();
	c = child_start();
	mark(&s, &c);
	assert_int_equal(standstill_children(&s), -1);
	standstill_counted(&s, 0);
	assert_int_equal(standstill_children(&s), 0);
	tell(&c, 'f');
	assert_int_equal(standstill_children(&s), -1);
	/* counted, and forked before the next mark: what was counted is not what is marked */
	standstill_counted(&s, 1);
	tell(&c, 'f');
	mark(&s, &c);
	assert_int_equal(standstill_children(&s), -1);
	child_stop(&c);
}

static void test_standstill__who_has_ended_is_gone(void **state)
{
	cleanup(standstill_release) struct standstill s = STANDSTILL_NONE;
	struct proc_stat st;
	struct child c;

	if (!kernel_counts())
		skip();
	c = child_start();
	mark(&s, &c);
	child_stop(&c);
	assert_int_equal(standstill_stat(&s, &fs, c.pid, &st), -ESRCH);
	assert_int_equal(standstill_children(&s), -1);
}

static void test_standstill__no_files_are_kept_when_they_may_get_short(void **state)
{
	cleanup(standstill_release) struct standstill s = STANDSTILL_NONE;
	struct rlimit before, few;
	struct child c = child_start();
	int next = dup(c.to); /* the number that the next file has */

	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = 2 * (rlim_t)next; /* it is to be had, and not of the lower half */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	standstill_keep_files(&s, &fs, c.pid);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(s.stat, -1);
	assert_int_equal(s.schedstat, -1);
	assert_false(still(&s, &c));
	standstill_mark(&s);
	assert_false(still(&s, &c));
	child_stop(&c);
}

static int begin(void **state)
{
	return procfs_open(&fs, "/proc");
}

static int end(void **state)
{
	procfs_release(&fs);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_standstill__a_moment_is_enough),
		cmocka_unit_test(test_standstill__of_several_threads_nothing_is_known),
		cmocka_unit_test(test_standstill__children_are_known_while_it_lasts),
		cmocka_unit_test(test_standstill__who_has_ended_is_gone),
		cmocka_unit_test(test_standstill__no_files_are_kept_when_they_may_get_short),
	};

	return cmocka_run_group_tests_name("standstill", tests, begin, end);
}
