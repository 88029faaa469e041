/*
 * The trial of this kernel: it leaves nothing behind, and what it says under want (of descriptors, of
 * processes, of memory), among signals and where SIGCHLD is ignored is what it says in peace, or less.
 * Each trial runs in a process of its own, as there is one a process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "sys/kernel.h"

/* What a trial said and left, in memory shared with this process. */
struct told {
	struct kernel_facts facts;
	int files_before, files_after;
	int children;                     /* that can still be waited for */
	long mapped_before, mapped_after; /* pages, /proc/self/statm */
	int signals;
	sigset_t blocked_before, blocked_after;
};

static struct told *told;
static struct procfs fs;

static int count_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	if (!d)
		return -1;
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static long mapped(void)
{
	char text[64] = "";
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || !fgets(text, sizeof(text), f))
		text[0] = '\0';
	if (f)
		fclose(f);
	return atol(text);
}

static void on_signal(int number)
{
	told->signals++;
}

static void try_it(void)
{
	told->facts = kernel_try(&fs, NULL);
}

static void look_around(void)
{
	mapped(); /* the first time stdio maps something */
	told->files_before = count_files();
	told->mapped_before = mapped();
	pthread_sigmask(SIG_SETMASK, NULL, &told->blocked_before);
	try_it();
	pthread_sigmask(SIG_SETMASK, NULL, &told->blocked_after);
	told->mapped_after = mapped();
	told->files_after = count_files();
	while (waitpid(-1, NULL, __WALL) > 0)
		told->children++;
}

static void ignore_children(void)
{
	signal(SIGCHLD, SIG_IGN);
	look_around();
}

static void catch_children(void)
{
	signal(SIGCHLD, on_signal);
	look_around();
}

/* A handler without SA_RESTART, every 50 microseconds. */
static void among_signals(void)
{
	struct sigaction a = { .sa_handler = on_signal };
	struct itimerval often = { { 0, 50 }, { 0, 50 } };

	sigaction(SIGALRM, &a, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	try_it();
	signal(SIGALRM, SIG_IGN);
}

static rlim_t files_left;

static void few_files(void)
{
	struct rlimit r = { (rlim_t)fs.fd + 1 + files_left, 4096 };

	setrlimit(RLIMIT_NOFILE, &r);
	try_it();
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
	told->files_after = count_files();
}

static void no_process(void)
{
	struct rlimit none = { 0, 0 };

	if (!geteuid() && (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534)))
		_exit(2);
	prctl(PR_SET_DUMPABLE, 1); /* its own /proc files are its own again */
	setrlimit(RLIMIT_NPROC, &none);
	look_around();
}

static void no_memory(void)
{
	struct rlimit r = { (rlim_t)mapped() * (rlim_t)sysconf(_SC_PAGESIZE), RLIM_INFINITY };

	setrlimit(RLIMIT_AS, &r);
	try_it();
}

static void no_huge_pages(void)
{
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	try_it();
}

/* Run one in a child and wait for it; what it said is in *told. */
static void in_a_process(void (*body)(void))
{
	int status;
	pid_t pid;

	memset(told, 0, sizeof(*told));
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		body();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* What it says in peace. */
static struct kernel_facts in_peace(void)
{
	in_a_process(try_it);
	return told->facts;
}

/* Nothing else, and not more. */
static void assert_no_other(const struct kernel_facts *got, const struct kernel_facts *wanted)
{
	for (enum kernel_property p = 0; p < KERNEL_PROPERTIES; p++) {
		if (kernel_answer(got, p) == KERNEL_UNKNOWN ||
		    kernel_answer(got, p) == kernel_answer(wanted, p))
			continue;
		fail_msg("%s: %d, in peace %d", kernel_property_key(p), kernel_answer(got, p),
			 kernel_answer(wanted, p));
	}
}

static void assert_same(const struct kernel_facts *got, const struct kernel_facts *wanted)
{
	assert_no_other(got, wanted);
	assert_int_equal(got->known, wanted->known);
}

/* Everything that needs a child but no privilege; what `yes` has beyond `known` would be no answer. */
static void test_kernel__it_answers(void **state)
{
	struct kernel_facts k = in_peace();

	assert_true(kernel_has(&k, KERNEL_EXCLUSIVE_BIT));
	assert_true(kernel_answer(&k, KERNEL_SCAN) != KERNEL_UNKNOWN);
	assert_int_equal(k.yes & ~k.known, 0);
	assert_int_equal(k.known >> KERNEL_PROPERTIES, 0);
	if (kernel_has(&k, KERNEL_FRAMES))
		assert_true(kernel_answer(&k, KERNEL_ZERO_PAGE) != KERNEL_UNKNOWN);
	else
		assert_int_equal(kernel_answer(&k, KERNEL_FLAG), KERNEL_UNKNOWN);
}

static void assert_nothing_left(void)
{
	assert_true(told->files_before > 0 && told->mapped_before > 0);
	assert_int_equal(told->files_after, told->files_before);
	assert_int_equal(told->mapped_after, told->mapped_before);
	assert_int_equal(told->children, 0);
	assert_int_equal(told->signals, 0);
	for (int s = 1; s < SIGRTMIN; s++)
		assert_int_equal(sigismember(&told->blocked_after, s), sigismember(&told->blocked_before, s));
}

static void test_kernel__it_leaves_nothing(void **state)
{
	in_a_process(look_around);
	assert_nothing_left();
}

static void test_kernel__sigchld_ignored_or_caught(void **state)
{
	struct kernel_facts wanted = in_peace();

	in_a_process(ignore_children);
	assert_nothing_left();
	assert_same(&told->facts, &wanted);
	in_a_process(catch_children);
	assert_nothing_left();
	assert_same(&told->facts, &wanted);
}

static void test_kernel__among_signals(void **state)
{
	struct kernel_facts wanted = in_peace();

	in_a_process(among_signals);
	assert_true(told->signals > 0);
	assert_same(&told->facts, &wanted);
}

/* Descriptors run out at each of the places where one is opened. */
static void test_kernel__no_descriptor_left(void **state)
{
	struct kernel_facts wanted = in_peace();
	uint32_t last = UINT32_MAX;

	for (files_left = 0; files_left < 12; files_left++) {
		in_a_process(few_files);
		assert_no_other(&told->facts, &wanted);
		assert_int_equal(told->files_after, count_files());
		last = told->facts.known;
		if (!files_left)
			assert_int_equal(last, 0);
	}
	assert_int_equal(last, wanted.known);
}

static void test_kernel__no_process_to_be_had(void **state)
{
	in_a_process(no_process);
	assert_nothing_left();
	assert_int_equal(kernel_answer(&told->facts, KERNEL_EXCLUSIVE_BIT), KERNEL_UNKNOWN);
	assert_int_equal(kernel_answer(&told->facts, KERNEL_HUGE_COPY_ONE), KERNEL_UNKNOWN);
	assert_int_equal(kernel_answer(&told->facts, KERNEL_REUSE), KERNEL_UNKNOWN);
	assert_true(kernel_answer(&told->facts, KERNEL_SCAN) != KERNEL_UNKNOWN);
}

static void test_kernel__no_memory(void **state)
{
	in_a_process(no_memory);
	assert_int_equal(told->facts.known, 0);
}

static void test_kernel__no_huge_pages(void **state)
{
	static const enum kernel_property of_huge[] = { KERNEL_EXCLUSIVE_EACH, KERNEL_FLAG_HEAD,
							KERNEL_MAP_COUNT_EACH, KERNEL_HUGE_COPY_ONE };
	struct kernel_facts wanted = in_peace();

	in_a_process(no_huge_pages);
	assert_no_other(&told->facts, &wanted);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(kernel_answer(&told->facts, of_huge[i]), KERNEL_UNKNOWN);
		kernel_set(&told->facts, of_huge[i], false);
	}
	assert_true(kernel_has(&told->facts, KERNEL_EXCLUSIVE_BIT));
}

static int begin(void **state)
{
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return told == MAP_FAILED || procfs_open(&fs, "/proc") < 0;
}

static int end(void **state)
{
	procfs_release(&fs);
	return munmap(told, sizeof(*told));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernel__it_answers),
		cmocka_unit_test(test_kernel__it_leaves_nothing),
		cmocka_unit_test(test_kernel__sigchld_ignored_or_caught),
		cmocka_unit_test(test_kernel__among_signals),
		cmocka_unit_test(test_kernel__no_descriptor_left),
		cmocka_unit_test(test_kernel__no_process_to_be_had),
		cmocka_unit_test(test_kernel__no_memory),
		cmocka_unit_test(test_kernel__no_huge_pages),
	};

	return cmocka_run_group_tests_name("kernel trial", tests, begin, end);
}
