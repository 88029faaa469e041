/* The two readers of the process table, libproc2's and ours, on real processes and held against each
 * other; ours on a tree of files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "lib/between.h"
#include "base/cleanup.h"
#include "sys/table_proc.h"
#ifdef COWTOP_LIBPROC2
#include "sys/table_libproc2.h"
#endif

#define HOSTILE "a) R 1 (\n\033[2J" /* 14 bytes of the 15 that a name may have */
#define NOBODY_KNOWS 54321u
#define PATIENCE_MS 100000 /* the end of a hang: no busy machine gets there */

static struct procfs fs;

/* A child with this name and user (0: the same), asleep until this process ends. */
static pid_t start_child(const char *name, uid_t user)
{
	pid_t self = getpid(), pid;
	int ready[2];
	char c;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (user && setuid(user) < 0)
			_exit(1);
		prctl(PR_SET_NAME, name);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		while (getppid() == self)
			pause();
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	return pid;
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void read_ours(struct table *t)
{
	struct err err = { 0 };

	if (table_read_proc(&fs, t, &err) < 0)
		fail_msg("%s", err.msg);
}

static void a_hostile_name_is_kept_and_moves_nothing(void **state)
{
	pid_t pid = start_child(HOSTILE, 0);
	cleanup(table_release) struct table t = { 0 };
	const struct table_entry *e;

	read_ours(&t);
	e = table_find(&t, pid);
	assert_non_null(e);
	assert_string_equal(e->comm, HOSTILE);
	assert_int_equal(e->ppid, getpid());
	assert_true(e->start_ticks > 0);
	end_child(pid);
}

static void a_zombie_is_in_the_table(void **state)
{
	pid_t pid = start_child("soon gone", 0);
	cleanup(table_release) struct table t = { 0 };

	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT), 0);
	read_ours(&t);
	assert_non_null(table_find(&t, pid));
	assert_int_equal(table_find(&t, pid)->state, 'Z');
	assert_string_equal(table_find(&t, pid)->comm, "soon gone");
	waitpid(pid, NULL, 0);
	read_ours(&t);
	assert_null(table_find(&t, pid));
}

/* After setuid(2) a process may not be dumped, and its files belong to root: its folder does not. */
static void the_user_is_the_effective_one(void **state)
{
	cleanup(table_release) struct table t = { 0 };
	const struct table_entry *e;
	pid_t pid;

	if (geteuid()) {
		print_message("# needs root\n");
		skip();
	}
	pid = start_child("of nobody", NOBODY_KNOWS);
	read_ours(&t);
	e = table_find(&t, pid);
	assert_non_null(e);
	assert_int_equal(e->uid, NOBODY_KNOWS);
	assert_string_equal(e->user, "54321");
	assert_int_equal(table_find(&t, getpid())->uid, 0);
	assert_string_equal(table_find(&t, getpid())->user, "root");
	end_child(pid);
}

#ifdef COWTOP_LIBPROC2

/* libproc2 has '?' or '.' for a byte that it would not print; everything else is the same. */
static void check_name(const char *ours, const char *theirs)
{
	size_t i;

	assert_int_equal(strlen(ours), strlen(theirs));
	for (i = 0; ours[i]; i++) {
		if (ours[i] >= ' ' && ours[i] <= '~')
			assert_int_equal(ours[i], theirs[i]);
		else
			assert_true(ours[i] == theirs[i] || theirs[i] == '?' || theirs[i] == '.');
	}
}

static bool same_text(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* Unless an exec comes between. */
static void check_image(const struct table_entry *before, const struct table_entry *ours,
			const struct table_entry *after)
{
	if (before->start_stack != after->start_stack || before->state == 'Z' || after->state == 'Z')
		return;
	assert_int_equal(ours->start_stack, before->start_stack);
	assert_int_equal(ours->start_code, before->start_code);
	assert_int_equal(ours->end_code, before->end_code);
	if (before->flags == after->flags)
		assert_int_equal(ours->flags, before->flags);
	assert_between(ours->minflt, before->minflt, after->minflt);
}

/* What libproc2 said the same of before and after, ours says as well in between. */
static void check_entry(const struct table_entry *before, const struct table_entry *ours,
			const struct table_entry *after)
{
	assert_int_equal(ours->start_ticks, before->start_ticks);
	if (before->ppid == after->ppid)
		assert_int_equal(ours->ppid, before->ppid);
	if (before->uid == after->uid) {
		assert_int_equal(ours->uid, before->uid);
		assert_string_equal(ours->user, before->user);
	}
	if (same_text(before->comm, after->comm))
		check_name(ours->comm, before->comm);
	check_image(before, ours, after);
}

static void both_readers_say_the_same(void **state)
{
	cleanup(table_release) struct table before = { 0 }, ours = { 0 }, after = { 0 };
	pid_t hostile = start_child(HOSTILE, 0), gone = start_child("soon gone", 0);
	pid_t other = geteuid() ? 0 : start_child("of nobody", NOBODY_KNOWS);
	size_t i, compared = 0;

	kill(gone, SIGKILL);
	assert_int_equal(waitid(P_PID, gone, &(siginfo_t){ 0 }, WEXITED | WNOWAIT), 0);
	assert_int_equal(table_read_libproc2(&before, NULL), 0);
	read_ours(&ours);
	assert_int_equal(table_read_libproc2(&after, NULL), 0);
	for (i = 0; i < before.n; i++) {
		const struct table_entry *old = &before.items[i];
		const struct table_entry *e = table_find(&ours, old->pid);
		const struct table_entry *new = table_find(&after, old->pid);

		if (!new || new->start_ticks != old->start_ticks)
			continue; /* gone meanwhile */
		assert_non_null(e);
		check_entry(old, e, new);
		compared++;
	}
	assert_true(compared >= 3);
	/* Nobody is made up: who is in ours alone came after the first look, or went before the last. */
	for (i = 0; i < ours.n; i++) {
		const struct table_entry *e = table_find(&before, ours.items[i].pid);

		e = e ?: table_find(&after, ours.items[i].pid);
		if (!e)
			assert_true(kill(ours.items[i].pid, 0) < 0);
	}
	assert_int_equal(table_find(&before, gone)->state, 'Z');
	assert_int_equal(table_find(&ours, gone)->state, 'Z');
	assert_string_equal(table_find(&ours, hostile)->comm, HOSTILE);
	if (other)
		assert_int_equal(table_find(&before, other)->uid, NOBODY_KNOWS);
	end_child(hostile);
	end_child(gone);
	if (other)
		end_child(other);
}

static void both_readers_see_one_host(void **state)
{
	struct host_sample ours = { 0 }, theirs = { 0 };
	const fact room = (fact)256 << 20; /* others on this machine come and go */

	assert_int_equal(host_memory_proc(&fs, &ours), 0);
	assert_int_equal(host_memory_libproc2(&theirs), 0);
	assert_int_equal(ours.memory_bytes, theirs.memory_bytes);
	assert_true(llabs(ours.available_bytes - theirs.available_bytes) < room);
	assert_true(llabs(ours.cached_bytes - theirs.cached_bytes) < room);
	assert_true(llabs(ours.swap_used_bytes - theirs.swap_used_bytes) < room);
}

#else

static void both_readers_say_the_same(void **state)
{
	print_message("# built without libproc2\n");
	skip();
}

static void both_readers_see_one_host(void **state)
{
	print_message("# built without libproc2\n");
	skip();
}

#endif

/* ---- a tree of files */

static char tree[] = "/tmp/cowtop-table-XXXXXX";

static void put(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", tree, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void put_folder(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", tree, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

#define STAT(start, stack) \
	" 0 0 0 0 0 1 2 3 4 5 6 7 8 20 0 1 0 " start " 8192 42 18446744073709551615 10 20 " stack \
	" 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 40 50 60 70 80 90 100 0\n"

static void a_tree_of_files_is_a_table(void **state)
{
	cleanup(procfs_release) struct procfs other = { .fd = -1 };
	cleanup(table_release) struct table t = { 0 };
	struct host_sample host = { 0 };
	char command[96];

	assert_non_null(mkdtemp(tree));
	put_folder("4194304");
	put("4194304/stat", "4194304 (last) S 2" STAT("77", "30"));
	put_folder("2");
	put("2/stat", "2 (kthreadd) S 0" STAT("5", "0"));
	put_folder("30");
	put("30/stat", "30 (cut"); /* no stat: no process */
	put_folder("31");
	put_folder("07");
	put("07/stat", "7 (not a pid's name) S 0" STAT("5", "0"));
	put_folder("sys");
	put_folder("99999999999999999999");
	put("meminfo", "MemTotal:  100 kB\nMemAvailable:  40 kB\nCached:  7 kB\nSwapCached:  3 kB\n");

	assert_int_equal(procfs_open(&other, tree), 0);
	assert_int_equal(table_read_proc(&other, &t, NULL), 0);
	assert_int_equal(t.n, 2);
	assert_int_equal(t.items[0].pid, 2);
	assert_string_equal(t.items[0].comm, "kthreadd");
	assert_int_equal(t.items[1].pid, 4194304);
	assert_int_equal(t.items[1].ppid, 2);
	assert_int_equal(t.items[1].start_ticks, 77);
	/* A second reading through the same handle sees the same. */
	assert_int_equal(table_read_proc(&other, &t, NULL), 0);
	assert_int_equal(t.n, 2);

	assert_int_equal(host_memory_proc(&other, &host), 0);
	assert_int_equal(host.memory_bytes, 100 * 1024);
	assert_int_equal(host.available_bytes, 40 * 1024);
	assert_int_equal(host.cached_bytes, 7 * 1024);
	assert_int_equal(host.swap_used_bytes, ABSENT);
	snprintf(command, sizeof(command), "rm -r %s", tree);
	assert_int_equal(system(command), 0);
}

static void no_procfs_is_an_error(void **state)
{
	struct procfs nowhere = { .fd = -1 };
	struct host_sample host = { .memory_bytes = 5 };
	struct table t = { 0 };
	struct err err = { 0 };

	assert_int_equal(table_read_proc(&nowhere, &t, &err), -1);
	assert_non_null(strstr(err.msg, "/proc"));
	assert_int_equal(err.status, STATUS_FAILED);
	assert_int_equal(host_memory_proc(&nowhere, &host), -EBADF);
	assert_int_equal(host.memory_bytes, 5);
}

static void entries_that_are_shared_last_as_long_as_the_last(void **state)
{
	struct table first = { 0 }, second = { 0 }, third = { 0 };
	struct err err;

	assert_int_equal(table_read(&fs, &first, &err), 0);
	table_share(&second, &first);
	table_share(&third, &second);
	table_release(&first);
	table_release(&second);
	assert_null(first.items);
	assert_non_null(table_find(&third, getpid()));
	assert_non_null(table_find(&third, getpid())->comm);
	table_release(&third);
}

static void a_young_table_is_given_to_all_and_an_old_one_read_again(void **state)
{
	struct table_recent recent = { 0 };
	struct table one = { 0 }, two = { 0 }, late = { 0 };
	struct err err;

	assert_int_equal(table_recent_read(&recent, &fs, &one, &err), 0);
	recent.read_ns = INT64_MAX; /* it cannot become old meanwhile */
	assert_int_equal(table_recent_read(&recent, &fs, &two, &err), 0);
	assert_ptr_equal(one.items, two.items);
	recent.read_ns = 0;
	assert_int_equal(table_recent_read(&recent, &fs, &late, &err), 0);
	assert_ptr_not_equal(one.items, late.items);
	table_recent_set(&recent, &one, INT64_MAX);
	table_release(&late);
	assert_int_equal(table_recent_read(&recent, &fs, &late, &err), 0);
	assert_ptr_equal(one.items, late.items);
	table_recent_release(&recent);
	table_release(&one);
	table_release(&two);
	assert_non_null(table_find(&late, getpid()));
	table_release(&late);
}

static int open_fs(void **state)
{
	return procfs_open(&fs, "/proc");
}

static int close_fs(void **state)
{
	procfs_release(&fs);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hostile_name_is_kept_and_moves_nothing),
		cmocka_unit_test(a_zombie_is_in_the_table),
		cmocka_unit_test(the_user_is_the_effective_one),
		cmocka_unit_test(both_readers_say_the_same),
		cmocka_unit_test(both_readers_see_one_host),
		cmocka_unit_test(a_tree_of_files_is_a_table),
		cmocka_unit_test(no_procfs_is_an_error),
		cmocka_unit_test(entries_that_are_shared_last_as_long_as_the_last),
		cmocka_unit_test(a_young_table_is_given_to_all_and_an_old_one_read_again),
	};

	return cmocka_run_group_tests(tests, open_fs, close_fs);
}
