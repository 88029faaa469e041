/*
 * breaker - a pool whose workers do nothing but break pages, for the bench
 *
 * usage: breaker PAGES
 *
 * Prints "ready PID" of the master, which holds PAGES pages, and beside it a worker that sleeps. For
 * each line on stdin a worker is forked that writes one byte to each page, 15 calls deep, says how
 * many nanoseconds of CPU time that took and how many by the clock, and exits. At the end of input the
 * pool goes away.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096u
#define DEPTH 15

static volatile char *memory;
static size_t pages;

static int64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* What comes after the call keeps every level a frame of its own. */
static void __attribute__((noinline, used)) descend(int depth, size_t page)
{
	if (depth)
		descend(depth - 1, page);
	else
		memory[page * PAGE] = 1;
	__asm__ volatile("" ::: "memory");
}

static void __attribute__((noreturn)) work(void)
{
	int64_t start = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);

	for (size_t i = 0; i < pages; i++)
		descend(DEPTH, i);
	cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("%lld %lld\n", (long long)cpu, (long long)(now(CLOCK_MONOTONIC) - start));
	fflush(stdout);
	_exit(0);
}

int main(int argc, char **argv)
{
	char line[16];
	pid_t sleeper;

	pages = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	if (!pages)
		return 2;
	memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return 1;
	memset((void *)memory, 'm', pages * PAGE);

	sleeper = fork();
	if (!sleeper) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	printf("ready %d\n", (int)getpid());
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		if (!fork())
			work();
		wait(NULL);
	}
	kill(sleeper, SIGKILL);
	return 0;
}
