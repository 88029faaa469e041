/*
 * Reads collectors for the tests. A line on standard input is a request, a line of JSON the answer:
 *
 *	PID		read it; what was found is kept for the next request
 *	PID count	and count its frozen objects
 *	PID base PID	the first request for a process that was forked from another one
 *	PID blind	without its memory
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "runtime/gc.h"

#define KEPT 64

/* The memory that is read now, and how often it was: cowtop's modules call this one. */
static int counted = -1;
static uint64_t reads;

ssize_t pread(int fd, void *to, size_t len, off_t at)
{
	reads += fd == counted && fd >= 0;
	return syscall(SYS_pread64, fd, to, len, at);
}

static struct kept {
	pid_t pid;
	struct gc_reader *reader;
} kept[KEPT];

static struct kept *keep(pid_t pid)
{
	for (size_t i = 0; i < KEPT; i++) {
		if (!kept[i].pid)
			kept[i].pid = pid;
		if (kept[i].pid == pid)
			return &kept[i];
	}
	fprintf(stderr, "gcread: more than %d processes\n", KEPT);
	exit(1);
}

static void print_fact(const char *name, fact f)
{
	printf("\"%s\": ", name);
	if (f == ABSENT)
		printf("null, ");
	else
		printf("%" PRId64 ", ", f);
}

static void print_facts(const char *name, const fact f[GC_GENERATIONS])
{
	printf("\"%s\": [", name);
	for (int g = 0; g < GC_GENERATIONS; g++) {
		if (f[g] == ABSENT)
			printf("null");
		else
			printf("%" PRId64, f[g]);
		printf(g < GC_GENERATIONS - 1 ? ", " : "], ");
	}
}

static void print_full(const struct gc_full full[GC_FULL])
{
	printf("\"full\": [");
	for (size_t i = 0; i < GC_FULL && full[i].start_ns != ABSENT; i++) {
		printf("%s{\"start\": %" PRId64 ", \"stop\": %" PRId64 ", ", i ? ", " : "", full[i].start_ns,
		       full[i].stop_ns);
		print_fact("candidates", full[i].candidates);
		printf("\"index\": %zu}", i);
	}
	printf("], ");
}

static void print_state(const struct gc_state *s)
{
	printf("{");
	print_fact("enabled", s->enabled);
	print_fact("collecting", s->collecting);
	print_fact("lazy_imports", s->lazy_imports);
	print_fact("generational", s->generational);
	print_fact("any_frozen", s->any_frozen);
	print_fact("frozen", s->frozen);
	print_facts("thresholds", s->thresholds);
	print_facts("counts", s->counts);
	print_facts("collections", s->collections);
	print_facts("collected", s->collected);
	print_facts("uncollectable", s->uncollectable);
	print_full(s->full);
	printf("\"id\": %" PRId64 "}", s->id);
}

/* The tests' own names and values have nothing to escape. */
static void print_answer(const struct gc_facts *f, int result, const char *why, double us)
{
	const char *name = runtime_name(f->runtime);

	printf("{\"result\": %d, \"why\": \"%s\", \"runtime\": \"%s\", \"version\": \"%s\", ", result,
	       result ? why : "", name ? name : "none", f->version);
	printf("\"build\": \"%s\", \"us\": %.1f, \"reads\": %" PRIu64 ", \"settings\": {", f->build, us,
	       reads);
	for (size_t i = 0; i < f->nsettings; i++)
		printf("%s\"%s\": \"%s\"", i ? ", " : "", f->settings[i].name, f->settings[i].value);
	printf("}, \"interpreters\": [");
	for (size_t i = 0; i < f->ninterpreters; i++) {
		printf(i ? ", " : "");
		print_state(&f->interpreters[i]);
	}
	printf("]}\n");
}

static double cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void blanks(struct buf *b)
{
	for (size_t i = 0; i + 1 < b->len; i++)
		if (!b->data[i])
			b->data[i] = ' ';
}

static void answer(const struct procfs *fs, pid_t pid, const char *word, pid_t base)
{
	cleanup(buf_release) struct buf text = { 0 }, cmdline = { 0 };
	cleanup(vma_list_release) struct vma_list maps = { 0 };
	cleanup(gc_facts_release) struct gc_facts facts = { 0 };
	cleanup_close int pagemap = procfs_file(fs, pid, "pagemap");
	cleanup_close int mem = strcmp(word, "blind") ? procfs_file(fs, pid, "mem") : -1;
	struct kept *k = keep(pid);
	struct gc_target t = { .fs = fs, .pid = pid, .pagemap = pagemap, .mem = mem, .maps = &maps };
	const char *why = "";
	double began;
	int r;

	if (procfs_maps(fs, pid, &text, &maps) || procfs_read(fs, pid, "cmdline", &cmdline) ||
	    procfs_exe(fs, pid, &t.exe_dev, &t.exe_ino)) {
		printf("{\"error\": \"no process %d\"}\n", (int)pid);
		return;
	}
	blanks(&cmdline);
	t.maps_text = text.data;
	t.cmdline = cmdline.data;
	counted = mem;
	reads = 0;
	began = cpu_us();
	r = gc_read(&t, &k->reader, base ? keep(base)->reader : NULL, !strcmp(word, "count"), &facts, &why);
	print_answer(&facts, r, why, cpu_us() - began);
	counted = -1;
}

int main(void)
{
	cleanup(procfs_release) struct procfs fs = { .fd = -1 };
	char line[128], word[16];
	int pid, base;

	if (procfs_open(&fs, "/proc"))
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		word[0] = '\0';
		base = 0;
		if (sscanf(line, "%d %15s %d", &pid, word, &base) < 1)
			return 2;
		answer(&fs, pid, word, base);
	}
	for (size_t i = 0; i < KEPT; i++)
		gc_reader_free(kept[i].reader);
	return 0;
}
