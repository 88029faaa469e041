/* sys/proc and sys/table on real processes, and the two held against each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/cleanup.h"
#include "find/proctree.h"
#include "parse/lineage.h"
#include "sys/proc.h"
#include "sys/table.h"

#define WORKERS 3
#define PATIENCE_MS 100000 /* the end of a hang: no busy machine gets there */

static struct procfs fs;
static pid_t workers[WORKERS];

/* Workers that wait for a signal, and end with this process. */
static int start_pool(void **state)
{
	pid_t self = getpid();
	int i;

	if (procfs_open(&fs, "/proc") < 0)
		return -1;
	for (i = 0; i < WORKERS; i++) {
		workers[i] = fork();
		if (workers[i] < 0)
			return -1;
		if (workers[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			while (getppid() == self)
				pause();
			_exit(0);
		}
	}
	return 0;
}

static int stop_pool(void **state)
{
	int i;

	for (i = 0; i < WORKERS; i++) {
		kill(workers[i], SIGKILL);
		waitpid(workers[i], NULL, 0);
	}
	procfs_release(&fs);
	return 0;
}

/* Wait until the child has called pause(): its state cannot change any more. */
static void settle(pid_t pid)
{
	struct proc_stat st;
	int i;

	for (i = 0; i < PATIENCE_MS; i++) {
		assert_int_equal(procfs_stat(&fs, pid, &st), 0);
		if (st.state == 'S')
			return;
		usleep(1000);
	}
	fail_msg("process %d does not sleep", (int)pid);
}

static void check_equal(const struct table *t, pid_t pid)
{
	const struct table_entry *e = table_find(t, pid);
	struct passwd *user;
	struct proc_stat st;

	assert_non_null(e);
	assert_int_equal(procfs_stat(&fs, pid, &st), 0);
	assert_int_equal(e->pid, st.pid);
	assert_int_equal(e->ppid, st.ppid);
	assert_int_equal(e->start_ticks, st.start_ticks);
	assert_string_equal(e->comm, st.comm);
	assert_int_equal(e->uid, geteuid());
	user = getpwuid(geteuid());
	if (user)
		assert_string_equal(e->user, user->pw_name);
}

static void the_table_and_stat_agree(void **state)
{
	struct err err = { 0 };
	struct table t = { 0 };
	struct proc_stat st;
	int i;

	for (i = 0; i < WORKERS; i++)
		settle(workers[i]);
	assert_int_equal(table_read(&fs, &t, &err), 0);
	check_equal(&t, getpid());
	for (i = 0; i < WORKERS; i++) {
		check_equal(&t, workers[i]);
		assert_int_equal(procfs_stat(&fs, workers[i], &st), 0);
		assert_int_equal(table_find(&t, workers[i])->state, st.state);
		assert_int_equal(st.ppid, getpid());
	}
	table_release(&t);
}

static void the_table_is_sorted_and_has_no_threads(void **state)
{
	struct err err = { 0 };
	struct table t = { 0 };
	size_t i;

	assert_int_equal(table_read(&fs, &t, &err), 0);
	assert_true(t.n > WORKERS);
	for (i = 1; i < t.n; i++)
		assert_true(t.items[i - 1].pid < t.items[i].pid);
	assert_null(table_find(&t, 0));
	table_release(&t);
	assert_null(table_find(&t, getpid()));
}

static void the_forest_knows_who_was_forked(void **state)
{
	struct proctree f = { 0 };
	struct err err = { 0 };
	struct tree_node *self;
	int i;

	assert_int_equal(proctree_read(&fs, &f, &err), 0);
	self = proctree_find(&f, getpid());
	assert_non_null(self);
	assert_int_equal(self->forked, WORKERS);
	for (i = 0; i < WORKERS; i++) {
		struct tree_node *n = proctree_find(&f, workers[i]);

		assert_non_null(n);
		assert_ptr_equal(n->parent, self);
		assert_int_equal(n->lineage, LINEAGE_FORKED);
		assert_true(proctree_below(n, self));
		assert_false(proctree_below(self, n));
		assert_false(proctree_is_master(n));
	}
	proctree_release(&f);
}

static int run_cat(void *fd)
{
	dup2(*(int *)fd, STDIN_FILENO);
	execlp("cat", "cat", (char *)NULL);
	_exit(127);
}

static void an_execed_child_is_no_worker(void **state)
{
	struct image_facts child = { 0 }, parent = { 0 };
	struct proc_stat st = { 0 };
	int pipes[2], i;
	pid_t pid;

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		run_cat(&pipes[0]);

	/* execve(2) gives the name first, and the heap's start last. */
	for (i = 0; i < PATIENCE_MS && (strcmp(st.comm, "cat") || !st.start_brk); i++) {
		assert_int_equal(procfs_stat(&fs, pid, &st), 0);
		usleep(1000);
	}
	image_from_stat(&st, &child);
	assert_int_equal(procfs_stat(&fs, getpid(), &st), 0);
	image_from_stat(&st, &parent);
	close(pipes[0]);
	close(pipes[1]);
	waitpid(pid, NULL, 0);
	assert_int_equal(lineage_of(&child, &parent), LINEAGE_EXECED);
}

static int wait_for_end(void *fd)
{
	char c;

	return read(*(int *)fd, &c, 1) < 0;
}

static void one_address_space_is_recognised(void **state)
{
	static char stack[65536] __attribute__((aligned(16)));
	int pipes[2];
	pid_t pid;

	if (procfs_same_mm(&fs, getpid(), workers[0]) < 0)
		skip(); /* kcmp(2) is not in this kernel, or a filter refuses it */
	assert_int_equal(procfs_same_mm(&fs, getpid(), getpid()), 1);
	assert_int_equal(procfs_same_mm(&fs, getpid(), workers[0]), 0);

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pid = clone(wait_for_end, stack + sizeof(stack), CLONE_VM | SIGCHLD, &pipes[0]);
	assert_true(pid > 0);
	assert_int_equal(procfs_same_mm(&fs, getpid(), pid), 1);
	close(pipes[1]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(pipes[0]);
}

static void a_gone_process_is_gone(void **state)
{
	struct smaps_totals totals;
	struct proc_stat st;
	struct buf text = { 0 };
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	/* A zombie has a stat line, and no memory. */
	assert_int_equal(waitid(P_PID, pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT), 0);
	assert_int_equal(procfs_stat(&fs, pid, &st), 0);
	assert_int_equal(st.state, 'Z');
	assert_true(procfs_rollup(&fs, pid, &totals) < 0);
	assert_true(procfs_exists(&fs, pid));

	waitpid(pid, NULL, 0);
	assert_false(procfs_exists(&fs, pid));
	assert_false(procfs_exists(&fs, 0));
	assert_false(procfs_exists(&fs, -1));
	assert_int_equal(procfs_stat(&fs, pid, &st), -ENOENT);
	assert_int_equal(procfs_read(&fs, pid, "status", &text), -ENOENT);
	assert_int_equal(text.len, 0);
	buf_release(&text);
}

static void memory_files_are_read_whole(void **state)
{
	struct vma_list maps = { 0 };
	struct buf scratch = { 0 };
	struct smaps_totals totals;
	uint64_t at = (uintptr_t)&fs, dev, ino, i;
	bool found = false;
	struct stat st;

	assert_int_equal(procfs_maps(&fs, getpid(), &scratch, &maps), 0);
	for (i = 0; i < maps.n; i++)
		found = found || (maps.items[i].start <= at && at < maps.items[i].end);
	assert_true(found);
	assert_int_equal(procfs_rollup(&fs, getpid(), &totals), 0);
	assert_true(totals.rss > 0 && totals.pss > 0 && totals.pss <= totals.rss);

	assert_int_equal(procfs_exe(&fs, getpid(), &dev, &ino), 0);
	assert_int_equal(stat("/proc/self/exe", &st), 0);
	assert_int_equal(ino, st.st_ino);
	assert_int_equal(dev, st.st_dev);
	vma_list_release(&maps);
	buf_release(&scratch);
}

static void a_small_buffer_is_cut_not_overrun(void **state)
{
	struct buf small = { .limit = 100 };
	struct buf link = { .limit = 4 };

	assert_int_equal(procfs_read(&fs, getpid(), "status", &small), 0);
	assert_int_equal(small.len, 100);
	assert_true(small.cut);
	assert_int_equal(small.data[100], '\0');
	assert_int_equal(procfs_link(&fs, getpid(), "exe", &link), 0);
	assert_true(link.len <= 4);
	buf_release(&small);
	buf_release(&link);
}

/* A directory that looks like /proc serves as well: nothing reads the literal path. */
/* As one that ends for a while before, when it is no zombie yet. */
static void who_has_no_address_space_has_no_resident_pages(void **state)
{
	uint64_t pages = 0;
	siginfo_t how;
	pid_t child = fork();

	if (!child)
		_exit(0);
	assert_int_equal(procfs_resident(&fs, workers[0], &pages), 0);
	assert_true(pages > 0);
	assert_int_equal(waitid(P_PID, (id_t)child, &how, WEXITED | WNOWAIT), 0);
	assert_int_equal(procfs_resident(&fs, child, &pages), -ESRCH);
	waitpid(child, NULL, 0);
}

static void another_pid_is_the_newest_after_a_fork(void **state)
{
	cleanup(buf_release) struct buf text = { 0 };
	pid_t before = procfs_newest(&fs, &text), child = fork();

	if (!child)
		_exit(0);
	assert_true(before > 0);
	assert_int_not_equal(procfs_newest(&fs, &text), before);
	waitpid(child, NULL, 0);
}

static void another_root_is_used(void **state)
{
	char dir[] = "/tmp/cowtop-test-XXXXXX", path[64];
	struct procfs other = { .fd = -1 };
	struct proc_stat st;
	FILE *f;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/7", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/7/stat", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("7 (a) b)) S 3 7 7 0 -1 4194560 100 200 5 6 1 2 3 4 20 0 1 0 12345 8192 42 18446744073709551615 "
	      "10 20 30 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 40 50 60 70 80 90 100 0\n",
	      f);
	fclose(f);

	assert_int_equal(procfs_open(&other, dir), 0);
	assert_int_equal(procfs_stat(&other, 7, &st), 0);
	assert_string_equal(st.comm, "a) b)");
	assert_int_equal(st.start_ticks, 12345);
	assert_int_equal(st.start_stack, 30);
	assert_int_equal(procfs_stat(&other, 8, &st), -ENOENT);
	procfs_release(&other);

	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	rmdir(dir);
	assert_int_equal(procfs_open(&other, "/nonexistent"), -ENOENT);
}

static void the_host_has_memory_and_a_name(void **state)
{
	struct host_sample host;
	int memory_error = -1;
	char name[65];

	assert_int_equal(host_read(&fs, &host, &memory_error, NULL), 0);
	assert_int_equal(memory_error, 0);
	assert_int_equal(gethostname(name, sizeof(name)), 0);
	assert_string_equal(host.name, name);
	assert_true(host.kernel[0]);
	assert_int_equal(host.page_size, sysconf(_SC_PAGESIZE));
	/* MemTotal is what sysconf(3) counts, both from si_mem of the kernel. */
	assert_int_equal(host.memory_bytes, (fact)sysconf(_SC_PHYS_PAGES) * host.page_size);
	assert_true(host.available_bytes > 0 && host.available_bytes <= host.memory_bytes);
	assert_true(host.cached_bytes >= 0 && host.swap_used_bytes >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_and_stat_agree),
		cmocka_unit_test(the_table_is_sorted_and_has_no_threads),
		cmocka_unit_test(the_forest_knows_who_was_forked),
		cmocka_unit_test(an_execed_child_is_no_worker),
		cmocka_unit_test(one_address_space_is_recognised),
		cmocka_unit_test(a_gone_process_is_gone),
		cmocka_unit_test(memory_files_are_read_whole),
		cmocka_unit_test(a_small_buffer_is_cut_not_overrun),
		cmocka_unit_test(who_has_no_address_space_has_no_resident_pages),
		cmocka_unit_test(another_pid_is_the_newest_after_a_fork),
		cmocka_unit_test(another_root_is_used),
		cmocka_unit_test(the_host_has_memory_and_a_name),
	};

	return cmocka_run_group_tests(tests, start_pool, stop_pool);
}
