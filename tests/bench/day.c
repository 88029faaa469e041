/*
 * day FILE [SECONDS]: writes a recording of 64 workers that all move every second, for a day unless
 * told otherwise, and measures how it is read. Prints "name value" lines; times are milliseconds.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "base/alloc.h"
#include "recording/recorder.h"
#include "recording/replay.h"

#define WORKERS 64
#define SECOND INT64_C(1000000000)
#define JUMPS 200
#define OPENINGS 9

static uint64_t state = 1;

/* 0 to n - 1 */
static int64_t chance(int64_t n)
{
	state = state * 6364136223846793005 + 1442695040888963407;
	return (int64_t)(state >> 33) % n;
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void fail(const char *what)
{
	fprintf(stderr, "day: %s\n", what);
	exit(1);
}

static void begin_process(struct proc_sample *p, pid_t pid)
{
	proc_sample_init(p);
	p->pid = pid;
	p->ppid = pid == 100 ? 1 : 100;
	p->base_pid = pid == 100 ? 0 : 100;
	p->start_ticks = (uint64_t)pid * 7;
	p->state = 'S';
	p->threads = 1;
	p->user = xstrdup("www-data");
	p->comm = xstrdup("gunicorn");
	p->cmdline = xstrdup("gunicorn: worker [shop]");
	p->forked = true;
	p->minflt = p->majflt = p->cminflt = p->cmajflt = 0;
	p->level = LEVEL_EXACT;
	p->exactness = EXACTNESS_EXACT;
	p->memory = (struct memory_facts){ .rss = 200 << 20, .pss = 30 << 20, .pss_anon = 25 << 20 };
	p->pages = (struct page_facts){ .shared = 40000, .file = 3000 };
	p->growth = (struct growth_facts){ 0 };
	p->gc.runtime = RUNTIME_CPYTHON;
	p->gc.interpreters = xcalloc(1, sizeof(*p->gc.interpreters));
	p->gc.ninterpreters = 1;
	gc_state_init(p->gc.interpreters);
	for (int g = 0; g < GC_GENERATIONS; g++)
		p->gc.interpreters->counts[g] = p->gc.interpreters->collections[g] = 0;
}

static void move_process(struct proc_sample *p)
{
	int64_t broken = chance(20), new = chance(30) - 10;
	struct gc_state *g = p->gc.interpreters;

	/* Once it has nothing left to lose, it begins anew. */
	if (p->pages.shared < broken) {
		p->pages.shared += p->pages.cow_broken;
		p->pages.cow_broken = 0;
	}
	if (p->pages.new + new < 0)
		new = 0;
	p->pages.shared -= broken;
	p->pages.cow_broken += broken;
	p->pages.new += new;
	p->growth.cow += broken;
	p->growth.new += new > 0 ? new : 0;
	p->minflt += broken + (new > 0 ? new : 0) + chance(4);
	p->memory.rss += 4096 * new;
	p->memory.pss += 4096 * (broken + new) + 1024 * chance(9);
	p->memory.pss_anon += 4096 * (broken + new);
	p->memory.private_dirty += 4096 * (broken + new);
	p->memory.shared_dirty = 4096 * p->pages.shared;
	p->memory.anonymous += 4096 * new;
	g->counts[0] = chance(700);
	g->counts[1] = chance(10);
	g->collections[0] += chance(5);
	g->collections[2] += chance(50) == 0;
}

static void write_all(int fd, struct buf *out)
{
	if (write(fd, out->data, out->len) != (ssize_t)out->len)
		fail("cannot write");
	buf_reset(out);
}

/* Returns the CPU time that encoding took. */
static double write_day(const char *path, int seconds)
{
	const struct record_setup setup = { .page_size = 4096, .interval_ns = SECOND };
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0644);
	struct buf out = { 0 };
	struct recorder *r = recorder_new(&setup, &out);
	struct sample s;
	clock_t began = clock();

	if (fd < 0)
		fail("cannot make the file");
	sample_init(&s);
	s.host.page_size = 4096;
	s.master_pid = 100;
	s.nprocs = 1 + WORKERS;
	s.procs = xcalloc(s.nprocs, sizeof(*s.procs));
	for (size_t i = 0; i < s.nprocs; i++)
		begin_process(&s.procs[i], 100 + (pid_t)i);
	for (int i = 0; i < seconds; i++) {
		s.time_ns = (1795251600 + i) * SECOND + chance(1000000);
		s.mono_ns = (500 + i) * SECOND;
		for (size_t k = 1; k < s.nprocs; k++)
			move_process(&s.procs[k]);
		if (recorder_sample(r, &s, &out, NULL) < 0)
			fail("cannot record");
		write_all(fd, &out);
	}
	recorder_end(r, s.time_ns, &out);
	write_all(fd, &out);
	recorder_free(r);
	sample_release(&s);
	buf_release(&out);
	close(fd);
	return (double)(clock() - began) / CLOCKS_PER_SEC;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct replay *open_day(const char *path)
{
	struct replay *r;
	struct err err;

	if (replay_open(path, &r, &err) < 0)
		fail(err.msg);
	return r;
}

/* Median of a few. */
static double opening(const char *path)
{
	double times[OPENINGS];

	for (int i = 0; i < OPENINGS; i++) {
		double began = now_ms();
		struct replay *r = open_day(path);

		times[i] = now_ms() - began;
		replay_close(r);
	}
	qsort(times, OPENINGS, sizeof(*times), by_size);
	return times[OPENINGS / 2];
}

static void measure_jumps(struct replay *r)
{
	const struct replay_info *info = replay_info(r);
	double times[JUMPS];

	for (int i = 0; i < JUMPS; i++) {
		int64_t to = info->first_ns +
			     chance(info->last_ns / 1000000 - info->first_ns / 1000000) * 1000000;
		double began = now_ms();
		struct sample s;

		sample_init(&s);
		if (replay_at_time(r, to, &s, NULL) < 1)
			fail("a sample is missing");
		sample_release(&s);
		times[i] = now_ms() - began;
	}
	qsort(times, JUMPS, sizeof(*times), by_size);
	printf("jump %.3f\njump_slowest %.3f\n", times[JUMPS / 2], times[JUMPS - 1]);
}

/* Of this program alone: ru_maxrss is inherited. */
static long peak_kib(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	long kib = -1;

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "VmHWM: %ld", &kib);
	if (f)
		fclose(f);
	return kib;
}

int main(int argc, char **argv)
{
	int seconds = argc > 2 ? atoi(argv[2]) : 86400;
	const struct sample *s;
	struct replay *r;
	double spent, began;
	int64_t n = 0;

	if (argc < 2 || seconds < 1)
		fail("usage: day FILE [SECONDS]");
	spent = write_day(argv[1], seconds);
	printf("encode %.3f\n", 1e3 * spent / seconds);
	printf("open %.3f\n", opening(argv[1]));
	r = open_day(argv[1]);
	printf("bytes_per_worker_sample %.2f\n", (double)replay_info(r)->bytes / seconds / WORKERS);
	measure_jumps(r);
	replay_rewind(r, 0);
	began = now_ms();
	while (replay_next_view(r, &s, NULL) == 1)
		n++;
	if (n != seconds)
		fail("samples are missing");
	printf("read_all %.3f\n", now_ms() - began);
	printf("peak_kib %ld\n", peak_kib());
	/* Killed: no end, and then no index at all. */
	if (truncate(argv[1], (off_t)replay_info(r)->bytes - 50000) < 0)
		fail("cannot cut the file");
	replay_close(r);
	printf("open_killed %.3f\n", opening(argv[1]));
	return 0;
}
