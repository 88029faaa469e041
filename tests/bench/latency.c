/*
 * What a sampler does to its target: the latency of mmap and munmap of one page, which take the lock of the
 * whole address space as writers, in a process of a pool that is looked at.
 *
 *     latency MIB CHILDREN [pause=US] [reserve=GIB] [thp]
 *
 * A master has MIB full of pages, and CHILDREN that inherited them; `pause` is how long the target rests
 * between pairs (0: not at all), `reserve` maps so much more that nobody touches, `thp` asks for huge pages.
 * A target that rests comes at any time, as a server does; one that never does waits once for each lock that
 * is held, and so long a wait weighs little among so many pairs. It says "ready MASTER CHILD..." and then does what each line
 * of its input asks for:
 *
 *     SECONDS [SAMPLER HZ]
 *
 * The first child, on a CPU of its own, maps and unmaps for so long. Meanwhile another process waits (none,
 * the default: what is to be tried is then run beside it) or samples the whole pool HZ times a second:
 * rollup reads smaps_rollup, scan has PAGEMAP_SCAN go over each mapping at once, pagemap reads that file by
 * 64 KiB, polite by 4 KiB with a breath between. The answer is lines of KEY VALUE, the histogram as lines of
 * "hist LOWEST_US PAIRS", and "end". The end of the input ends the pool.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <linux/types.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)
#define SECOND 1000000000ULL
#define PROCESSES_MAX 1024

/* A bucket is a 32nd of a power of two wide. */
#define SUB_BITS 5
#define SUBS (1u << SUB_BITS)

struct histogram {
	uint64_t buckets[64 * SUBS];
	uint64_t n, over, most; /* over 1 ms; the longest */
	long pushed;            /* off its CPU by something else */
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- the target */

static size_t bucket_of(uint64_t ns)
{
	unsigned int power;

	if (ns < SUBS)
		return ns;
	power = 63 - (unsigned int)__builtin_clzll(ns);
	return (size_t)(power - SUB_BITS + 1) * SUBS + ((ns >> (power - SUB_BITS)) & (SUBS - 1));
}

static uint64_t lowest_of(size_t bucket)
{
	size_t power = bucket / SUBS;

	return power ? (SUBS + bucket % SUBS) << (power - 1) : bucket;
}

static void count(struct histogram *h, uint64_t ns)
{
	h->buckets[bucket_of(ns)]++;
	h->n++;
	h->over += ns > SECOND / 1000;
	h->most = ns > h->most ? ns : h->most;
}

/* The upper end of the bucket that the share falls into. */
static double quantile_us(const struct histogram *h, double share)
{
	uint64_t seen = 0;

	for (size_t i = 0; i + 1 < sizeof(h->buckets) / sizeof(*h->buckets); i++) {
		seen += h->buckets[i];
		if ((double)seen >= share * (double)h->n)
			return (double)lowest_of(i + 1) / 1e3;
	}
	return (double)h->most / 1e3;
}

/* How often something else wanted this CPU, so far. */
static long pushed_off(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return r.ru_nivcsw;
}

static void tell(const struct histogram *h)
{
	printf("pairs %" PRIu64 "\np50_us %.2f\np99_us %.2f\np99.9_us %.2f\nmax_us %.2f\nover_1ms %" PRIu64
	       "\n",
	       h->n, quantile_us(h, 0.5), quantile_us(h, 0.99), quantile_us(h, 0.999), (double)h->most / 1e3,
	       h->over);
	printf("pushed_off %ld\n", h->pushed);
	for (size_t i = 0; i < sizeof(h->buckets) / sizeof(*h->buckets); i++)
		if (h->buckets[i])
			printf("hist %.3f %" PRIu64 "\n", (double)lowest_of(i) / 1e3, h->buckets[i]);
	puts("end");
	fflush(stdout);
}

static void map_and_unmap(struct histogram *h, double seconds, long pause_us)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint64_t end = now() + (uint64_t)(seconds * SECOND), before, after;
	struct timespec rest = { 0, pause_us * 1000 };
	long pushed = pushed_off();

	memset(h, 0, sizeof(*h));
	for (before = now(); before < end; before = pause_us ? now() : after) {
		void *at = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (at == MAP_FAILED || munmap(at, page))
			die("latency: mmap");
		after = now();
		count(h, after - before);
		if (pause_us)
			nanosleep(&rest, NULL);
	}
	h->pushed = pushed_off() - pushed;
}

/* The first CPU that this process may use, or all others. */
static void pin(bool first)
{
	cpu_set_t may, one;
	int cpu = 0;

	sched_getaffinity(0, sizeof(may), &may);
	if (CPU_COUNT(&may) < 2)
		return;
	while (!CPU_ISSET(cpu, &may))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	CPU_CLR(cpu, &may);
	sched_setaffinity(0, sizeof(one), first ? &one : &may);
}

/* Each line of its input is how long to go on. */
static void be_target(long pause_us)
{
	static struct histogram h;
	char line[64];

	pin(true);
	prctl(PR_SET_TIMERSLACK, 1);
	while (fgets(line, sizeof(line), stdin)) {
		map_and_unmap(&h, atof(line), pause_us);
		tell(&h);
	}
}

static char *map_memory(size_t bytes, bool thp)
{
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			0);

	if (at == MAP_FAILED)
		die("latency: mmap");
	madvise(at, bytes, thp ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	return at;
}

static void be_master(char **args)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = strtoul(args[0], NULL, 10) * MIB;
	unsigned int children = (unsigned int)strtoul(args[1], NULL, 10);
	size_t gib = strtoul(args[2], NULL, 10);
	char *data = map_memory(bytes ? bytes : page, !strcmp(args[3], "1"));
	static pid_t pids[PROCESSES_MAX];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (gib)
		map_memory(gib << 30, false);
	for (size_t i = 0; i < bytes; i += page)
		data[i] = 1;
	for (unsigned int i = 0; i < children; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			die("latency: fork");
		if (pids[i])
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!i) {
			be_target(atol(args[4]));
			_exit(0);
		}
		for (;;)
			pause();
	}
	printf("ready %d", (int)getpid());
	for (unsigned int i = 0; i < children; i++)
		printf(" %d", (int)pids[i]);
	putchar('\n');
	fflush(stdout);
	waitpid(pids[0], NULL, 0);
	exit(0);
}

/* ---- the samplers */

/* include/uapi/linux/fs.h of Linux 6.7. */
struct scan_arg {
	__u64 size, flags, start, end, walk_end, vec, vec_len, max_pages;
	__u64 category_inverted, category_mask, category_anyof_mask, return_mask;
};

#define SCAN_IOCTL _IOWR('f', 16, struct scan_arg)
#define SCAN_PRESENT (1 << 3)

static void scan(int fd, uint64_t start, uint64_t end)
{
	static __u64 regions[3 * 4096];
	struct scan_arg arg = {
		.size = sizeof(arg),
		.start = start,
		.end = end,
		.vec = (uintptr_t)regions,
		.vec_len = 4096,
		.category_anyof_mask = SCAN_PRESENT,
		.return_mask = SCAN_PRESENT,
	};

	while (arg.start < end && ioctl(fd, SCAN_IOCTL, &arg) >= 0 && arg.walk_end > arg.start)
		arg.start = arg.walk_end;
}

static void read_entries(int fd, uint64_t start, uint64_t end, size_t piece, bool breathe)
{
	static char entries[1 << 16];
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), at = start / page * 8;

	for (uint64_t to = end / page * 8; at < to; at += piece) {
		size_t want = to - at < piece ? to - at : piece;
		struct timespec breath = { 0, 1000 };

		if (pread(fd, entries, want, (off_t)at) <= 0)
			break;
		if (breathe)
			nanosleep(&breath, NULL);
	}
}

static void sample_mappings(const char *pid, const char *how)
{
	char path[64], line[8192];
	uint64_t start, end;
	FILE *maps;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	maps = fopen(path, "re");
	snprintf(path, sizeof(path), "/proc/%s/pagemap", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (!maps || fd < 0)
		die(path);
	while (fgets(line, sizeof(line), maps)) {
		/* the [vsyscall] page is above what pagemap has */
		if (sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) != 2 || start >= 1ULL << 63)
			continue;
		if (!strcmp(how, "scan"))
			scan(fd, start, end);
		else if (!strcmp(how, "polite"))
			read_entries(fd, start, end, 1 << 12, true);
		else
			read_entries(fd, start, end, 1 << 16, false);
	}
	fclose(maps);
	close(fd);
}

static void read_rollup(const char *pid)
{
	char path[64], text[8192];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/smaps_rollup", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text)) <= 0)
		die(path);
	close(fd);
}

static unsigned int sample(char **pids, const char *how, double seconds, double hz)
{
	uint64_t start = now(), end = start + (uint64_t)(seconds * SECOND);
	unsigned int n = 0;

	for (uint64_t next = start; next < end; next = start + (uint64_t)(++n / hz * SECOND)) {
		struct timespec at = { (time_t)(next / SECOND), (long)(next % SECOND) };

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
		for (size_t i = 0; pids[i]; i++)
			if (!strcmp(how, "rollup"))
				read_rollup(pids[i]);
			else
				sample_mappings(pids[i], how);
	}
	return n;
}

/* ---- between the two */

static void start_master(char **argv, FILE **ret_to, FILE **ret_from)
{
	const char *gib = "0", *thp = "0", *rest = "0";
	int to[2], from[2];
	pid_t pid;

	for (char **a = argv + 3; *a; a++)
		if (!strncmp(*a, "reserve=", 8))
			gib = *a + 8;
		else if (!strncmp(*a, "pause=", 6))
			rest = *a + 6;
		else if (!strcmp(*a, "thp"))
			thp = "1";
	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		die("latency: pipe");
	pid = fork();
	if (pid < 0)
		die("latency: fork");
	if (!pid) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		/* the pool ends here: what samples it is no parent of its image */
		execl("/proc/self/exe", "latency", "master", argv[1], argv[2], gib, thp, rest, (char *)NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	*ret_to = fdopen(to[1], "w");
	*ret_from = fdopen(from[0], "r");
}

/* Pass on lines until the one that is the last. */
static void relay(FILE *from)
{
	char line[256];

	do
		if (!fgets(line, sizeof(line), from) || fputs(line, stdout) < 0)
			exit(1);
	while (strcmp(line, "end\n"));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static char ready[16 * PROCESSES_MAX];
	char line[256], how[16], *pids[PROCESSES_MAX + 2];
	double seconds, hz;
	FILE *to, *from;
	size_t n = 0;

	if (argc == 7 && !strcmp(argv[1], "master"))
		be_master(argv + 2);
	if (argc < 3 || atoi(argv[2]) < 1 || atoi(argv[2]) > PROCESSES_MAX) {
		fputs("usage: latency MIB CHILDREN [pause=US] [reserve=GIB] [thp]\n", stderr);
		return 2;
	}
	start_master(argv, &to, &from);
	pin(false);
	prctl(PR_SET_TIMERSLACK, 1);
	if (!fgets(ready, sizeof(ready), from) || fputs(ready, stdout) < 0 || fflush(stdout))
		return 1;
	strtok(ready, " \n");
	while ((pids[n] = strtok(NULL, " \n")))
		n++;
	while (fgets(line, sizeof(line), stdin)) {
		strcpy(how, "none");
		if (sscanf(line, "%lf %15s %lf", &seconds, how, &hz) < 1)
			return 2;
		fprintf(to, "%f\n", seconds);
		fflush(to);
		if (strcmp(how, "none"))
			printf("samples %u\n", sample(pids, how, seconds, hz));
		relay(from);
	}
	fclose(to);
	wait(NULL);
	return 0;
}
