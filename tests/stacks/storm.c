/*
 * A pool that forks without a pause: `storm PAGES`. Every worker writes PAGES inherited pages in
 * storm_write(), once by its first thread and once by another, each the half, and ends. Prints
 * "ready PID"; at the end of input LAST more are forked, then every worker is named in a line: its
 * pid and the time (CLOCK_MONOTONIC, ns) of its fork.
 */
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096u
#define WORKERS 20000
#define LAST 50

static volatile char *memory;
static size_t pages;
static struct {
	pid_t pid;
	int64_t time;
} workers[WORKERS];

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* The pool goes on until its input has ended, and LAST workers longer. */
static bool goes_on(void)
{
	static struct pollfd end = { .fd = 0, .events = POLLIN };
	static int last;

	if (!last && !poll(&end, 1, 0))
		return true;
	return last++ < LAST;
}

static void __attribute__((noinline, used)) storm_write(size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		memory[i * PAGE] = 1;
	__asm__ volatile("" ::: "memory");
}

static void *second_half(void *unused)
{
	storm_write(pages / 2, pages);
	return unused;
}

static void __attribute__((noreturn)) work(void)
{
	pthread_t other;

	if (pthread_create(&other, NULL, second_half, NULL))
		_exit(1);
	storm_write(0, pages / 2);
	pthread_join(other, NULL);
	_exit(0);
}

int main(int argc, char **argv)
{
	size_t n = 0;

	pages = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!pages || memory == MAP_FAILED)
		return 1;
	memset((void *)memory, 'm', pages * PAGE);
	printf("ready %d\n", (int)getpid());
	fflush(stdout);
	for (; n < WORKERS && goes_on(); n++) {
		workers[n].time = now();
		workers[n].pid = fork();
		if (!workers[n].pid)
			work();
		if (n)
			waitpid(workers[n - 1].pid, NULL, 0);
	}
	while (wait(NULL) > 0)
		;
	for (size_t i = 0; i < n; i++)
		printf("%d %lld\n", (int)workers[i].pid, (long long)workers[i].time);
	printf("end\n");
	fflush(stdout);
	pause(); /* a watch that is still there reads its counters */
	return 0;
}
