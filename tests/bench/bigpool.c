/*
 * bigpool - a pool of any size that holds still, or copies so many pages a second
 *
 * usage: bigpool [KEY=NUMBER...]
 *
 *   workers=N    1 if not given
 *   mib=N        memory that the master has touched before it forks, in small pages; 16 if not given
 *   broken=N     percent of it, below 100, that each worker rewrites after the fork, spread evenly
 *   reserved=N   GiB of address space that nobody may touch (PROT_NONE)
 *   sparse=N     GiB of address space of which one page in each GiB is touched
 *   mappings=N   mappings of one touched page each, next to each other
 *
 * Prints "ready PID PID..." (the master first). Then it takes commands, a line each, and answers each
 * with "ok": "active N RATE" lets the first N workers each rewrite RATE inherited pages a second, one after
 * the other and scattered, until the next command; "active 0 0" lets them hold still. It ends with its
 * standard input.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define GIB ((size_t)1 << 30)
#define STRIDE 40503 /* a prime: so it comes to all pages, far from each other */

struct shape {
	size_t workers, mib, broken, reserved, sparse, mappings;
};

/* What the master has told its workers; shared with them. */
struct orders {
	volatile size_t active, rate;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static char *map(size_t size, int prot, int how)
{
	char *p = mmap(NULL, size, prot, how | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	madvise(p, size, MADV_NOHUGEPAGE);
	return p;
}

static struct shape parse(int argc, char **argv)
{
	struct shape s = { .workers = 1, .mib = 16 };
	const struct {
		const char *name;
		size_t *value;
	} keys[] = {
		{ "workers=", &s.workers },   { "mib=", &s.mib },       { "broken=", &s.broken },
		{ "reserved=", &s.reserved }, { "sparse=", &s.sparse }, { "mappings=", &s.mappings },
	};

	for (int i = 1; i < argc; i++) {
		size_t k = 0, n = sizeof(keys) / sizeof(*keys);

		while (k < n && strncmp(argv[i], keys[k].name, strlen(keys[k].name)))
			k++;
		if (k == n) {
			fprintf(stderr, "bigpool: what is %s?\n", argv[i]);
			exit(2);
		}
		*keys[k].value = strtoul(argv[i] + strlen(keys[k].name), NULL, 10);
	}
	if (s.broken >= 100 || !s.mib) {
		fprintf(stderr, "bigpool: nothing is left to rewrite\n");
		exit(2);
	}
	return s;
}

static void map_more(const struct shape *s, size_t page)
{
	char *p;

	if (s->reserved)
		map(s->reserved * GIB, PROT_NONE, MAP_PRIVATE);
	if (s->sparse) {
		p = map(s->sparse * GIB, PROT_READ | PROT_WRITE, MAP_PRIVATE);
		for (size_t i = 0; i < s->sparse; i++)
			p[i * GIB] = 1;
	}
	if (s->mappings) {
		p = map(s->mappings * page, PROT_READ | PROT_WRITE, MAP_PRIVATE);
		memset(p, 'm', s->mappings * page);
		/* neighbours that may not do the same are two mappings */
		for (size_t i = 0; i < s->mappings; i += 2)
			if (mprotect(p + i * page, page, PROT_READ))
				die("mprotect (vm.max_map_count?)");
	}
}

/* Is that one of the pages that each worker has rewritten at its start? */
static int is_broken(size_t i, size_t broken)
{
	return i * broken / 100 != (i + 1) * broken / 100;
}

static void told(int signal)
{
	(void)signal;
}

static void worker(const struct shape *s, size_t self, char *memory, const struct orders *orders, int done,
		   int alive)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = s->mib * 1048576 / page, at = self;
	struct pollfd end = { .fd = alive, .events = POLLIN };
	sigset_t blocked, waiting;
	char byte = 0;

	for (size_t i = 0; i < pages; i++)
		if (is_broken(i, s->broken))
			memory[i * page]++;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, &waiting);
	sigdelset(&waiting, SIGUSR1);
	if (write(done, &byte, 1) != 1)
		_exit(1);
	/* An order interrupts the wait; the end of the master ends it. */
	for (;;) {
		size_t rate = self < orders->active ? orders->rate : 0;
		struct timespec tick = { .tv_nsec = rate ? (long)(999999999 / rate) : 0 };

		if (ppoll(&end, 1, rate ? &tick : NULL, &waiting) > 0)
			_exit(0);
		do
			at = (at + STRIDE) % pages;
		while (rate && is_broken(at, s->broken));
		if (rate)
			memory[at * page]++;
	}
}

static void obey(struct orders *orders, const pid_t *pids, size_t n)
{
	size_t active, rate;
	char line[64];

	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "active %zu %zu", &active, &rate) != 2)
			exit(2);
		orders->rate = rate;
		orders->active = active;
		for (size_t i = 0; i < n; i++)
			kill(pids[i], SIGUSR1);
		printf("ok\n");
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	struct shape s = parse(argc, argv);
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = s.mib << 20;
	char *memory = map(size, PROT_READ | PROT_WRITE, MAP_PRIVATE), byte;
	struct orders *orders = (void *)map(page, PROT_READ | PROT_WRITE, MAP_SHARED);
	pid_t *pids = calloc(s.workers, sizeof(*pids));
	int done[2], alive[2];

	if (!pids || pipe(done) || pipe(alive))
		die("start");
	signal(SIGUSR1, told);
	map_more(&s, page);
	for (size_t at = 0; at < size; at += page)
		memset(memory + at, (int)(at / page) | 1, page);

	for (size_t i = 0; i < s.workers; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			die("fork");
		if (pids[i] == 0) {
			close(alive[1]);
			worker(&s, i, memory, orders, done[1], alive[0]);
		}
	}
	for (size_t i = 0; i < s.workers; i++)
		if (read(done[0], &byte, 1) != 1)
			die("worker");
	printf("ready %d", getpid());
	for (size_t i = 0; i < s.workers; i++)
		printf(" %d", pids[i]);
	printf("\n");
	fflush(stdout);

	obey(orders, pids, s.workers);
	close(alive[1]);
	while (wait(NULL) > 0)
		;
	return 0;
}
