/*
 * Who belongs to a pool when the process table was read a moment too early: a master, a worker of it that has a
 * child of its own, and ends between the look at the table and the one at itself. And who is no member is not
 * looked for beyond them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "pool/gather.h"

/* All three wait for the end of `alive`, and nobody is left when the test ends. */
struct line {
	pid_t master, between, child;
	int alive[2];
};

static void wait_for_the_end(const struct line *l)
{
	char byte;

	close(l->alive[1]);
	while (read(l->alive[0], &byte, 1) > 0)
		continue;
	_exit(0);
}

static void master(const struct line *l, int told)
{
	pid_t pids[2] = { 0 };

	signal(SIGCHLD, SIG_IGN);
	pids[0] = fork();
	if (!pids[0]) {
		pids[0] = getpid();
		pids[1] = fork();
		if (pids[1] && write(told, pids, sizeof(pids)) != sizeof(pids))
			_exit(1);
	}
	wait_for_the_end(l);
}

static void line_start(struct line *l)
{
	pid_t pids[2];
	int told[2];

	assert_int_equal(pipe(l->alive), 0);
	assert_int_equal(pipe(told), 0);
	l->master = fork();
	if (!l->master)
		master(l, told[1]);
	assert_int_equal(read(told[0], pids, sizeof(pids)), sizeof(pids));
	close(told[0]);
	close(told[1]);
	l->between = pids[0];
	l->child = pids[1];
}

static void line_stop(const struct line *l)
{
	close(l->alive[0]);
	close(l->alive[1]);
	waitpid(l->master, NULL, 0);
}

static bool has(const struct gather *u, pid_t pid)
{
	for (size_t i = 0; i < u->nwalked; i++)
		if (!u->members[i].gone && u->members[i].pid == pid)
			return true;
	return false;
}

static void test_gather__who_lost_his_parent_since_the_table_was_read_stays(void **state)
{
	cleanup(table_release) struct table before = { 0 };
	cleanup(procfs_release) struct procfs fs;
	struct member_io io = { .fs = &fs };
	struct target target = { 0 };
	struct proc_stat st;
	struct gather u;
	struct line l;
	struct err err;

	(void)state;
	assert_int_equal(procfs_open(&fs, "/proc"), 0);
	line_start(&l);
	assert_int_equal(procfs_stat(&fs, l.master, &st), 0);
	target.master = target.given = l.master;
	target.start_ticks = st.start_ticks;
	assert_int_equal(table_read(&fs, &before, &err), 0);
	gather_open(&u, &io, &target);
	assert_true(gather_members(&u, &before));
	assert_true(has(&u, l.between) && has(&u, l.child));
	assert_int_equal(kill(l.between, SIGKILL), 0);
	while (procfs_stat(&fs, l.between, &st) == 0)
		usleep(1000);
	assert_true(gather_members(&u, &before));
	assert_true(has(&u, l.master) && !has(&u, l.between));
	assert_true(has(&u, l.child));
	gather_release(&u);
	buf_release(&io.text);
	line_stop(&l);
}

/* Room for one member, and behind it a page that cannot be read. */
static struct member_proc *last_of_page(size_t page)
{
	char *at = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(at != MAP_FAILED && sizeof(struct member_proc) <= page);
	assert_int_equal(mprotect(at + page, page, PROT_NONE), 0);
	return (struct member_proc *)(at + page) - 1;
}

static void test_gather_is_complete__who_is_no_member(void **state)
{
	cleanup(procfs_release) struct procfs fs = { .fd = -1 };
	struct member_io io = { .fs = &fs };
	struct table_entry family[] = { { .pid = getpid() }, { .pid = getpid() } };
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct gather u = { .io = &io, .family = { .items = family, .n = 2 }, .n = 1 };

	assert_int_equal(procfs_open(&fs, "/proc"), 0);
	u.members = last_of_page(page);
	u.members[0].pid = 1;
	assert_true(gather_is_complete(&u)); /* neither has a parent or a child there */
	munmap((char *)(u.members + 1) - page, 2 * page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gather__who_lost_his_parent_since_the_table_was_read_stays),
		cmocka_unit_test(test_gather_is_complete__who_is_no_member),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
