/*
 * What a watch makes of the kernel's records (watch/watch_follow.c, watch_report.c), whose side is played here: who forks,
 * ends, is named and breaks pages in any order, lost records, numbers of nobody. An input is flags (a byte), and pieces
 * (fuzz.h), each a step: a byte says which. Whatever comes, each take can be recorded, tells of those that are there, and
 * of no more samples than there were.
 */
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "codec/stacks.h"
#include "fuzz.h"
#include "sys/arch.h"
#include "tree.h"
#include "watch/watch_pages.h"
#include "watch/watch_state.h"

#define RINGS 2
#define RING_SIZE 16384
#define EVENTS 4 /* two roots of a thread each, on each ring */
#define MASTER 9
#define STACK_MOST 1024
#define PAGES 32
#define KERNEL 0xffffffff81000000ULL /* where functions of kallsyms lie, 256 bytes each */

enum { FLAG_SOFTWARE = 1, FLAG_STREAM = 2, FLAG_CHAIN = 4, FLAG_HUGE = 8, FLAG_COUNT = 16, FLAG_CGROUP = 32 };
enum { STEP_SAMPLE, STEP_TASK, STEP_RAW, STEP_FOLLOW, STEP_TAKE, STEP_PAGES, STEPS };

static struct {
	struct procfs fs;
	int stat, pagemap;
	int counts[EVENTS];
	struct perf_ring rings[RINGS];
	struct watch_event events[EVENTS];
	struct watch_root roots[EVENTS / RINGS];
	struct watch w;
	uint64_t samples; /* that were written since the last take */
} t = { .fs = { .fd = -1 } };

static void make_files(void)
{
	static const char
		kallsyms[] = "ffffffff81000000 T do_wp_page\nffffffff81000100 t shmem_fault\n"
			     "ffffffff81000200 T do_swap_page\nffffffff81000300 T other\n",
		maps[] = "00100000-00120000 rw-p 00000000 00:00 0 [heap]\n",
		stat[] = "9 (app) S 1 9 9 0 -1 4194560 100 0 0 0 0 0 0 0 20 0 1 0 500 1000000 100 "
			 "18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
	char path[128];

	tree_begin("fuzz_watch");
	tree_set(tree_file("proc/kallsyms"), kallsyms, sizeof(kallsyms) - 1);
	tree_set(tree_file("proc/9/maps"), maps, sizeof(maps) - 1);
	tree_set(tree_file("proc/9/stat"), stat, sizeof(stat) - 1);
	t.pagemap = tree_file("proc/9/pagemap");
	for (size_t i = 0; i < EVENTS; i++) {
		snprintf(path, sizeof(path), "count.%zu", i);
		t.counts[i] = tree_file(path);
	}
	snprintf(path, sizeof(path), "%s/proc", tree_root);
	must(procfs_open(&t.fs, path) == 0);
}

/* For the run of the process: the thread that moves full rings goes on. */
static void make_world(void)
{
	make_files();
	for (size_t i = 0; i < RINGS; i++) {
		t.rings[i] = (struct perf_ring){ .map = xcalloc(1, (size_t)sysconf(_SC_PAGESIZE) + RING_SIZE),
						 .size = RING_SIZE,
						 .joined = xcalloc(1, 65536) };
	}
	t.w.events = (struct watch_events){ .rings = t.rings, .nrings = RINGS };
	t.w.events.epoll = epoll_create1(EPOLL_CLOEXEC);
	must(watch_causes_read(&t.fs, &t.w.events.causes) == 0);
	must(watch_spool_start(&t.w.spool, &t.w.events) == 0);
	pthread_mutex_init(&t.w.lock, NULL);
	t.w.thread = pthread_self();
	t.w.fs = &t.fs;
	t.w.master = MASTER;
}

/* Nothing has been written, and nothing waits. */
static void empty_rings(void)
{
	struct spool_queue *queues = t.w.spool.queues;

	pthread_mutex_lock(&t.w.spool.lock);
	for (size_t i = 0; i < RINGS; i++) {
		struct perf_event_mmap_page *ring = t.rings[i].map;

		must(!queues[i].moved && t.rings[i].tail == ring->data_head);
		ring->data_head = ring->data_tail = t.rings[i].tail = 0;
		queues[i].until = queues[i].given = 0;
		queues[i].looked = false;
	}
	pthread_mutex_unlock(&t.w.spool.lock);
}

static void begin(uint8_t flags)
{
	struct watch_events *e = &t.w.events;

	if (t.fs.fd < 0)
		make_world();
	e->method = flags & FLAG_SOFTWARE ? STACKS_SOFTWARE :
		    flags & FLAG_CGROUP   ? STACKS_CGROUP :
					    STACKS_TRACEPOINTS;
	e->sampling.layout = (struct perf_layout){ .address = flags & FLAG_SOFTWARE,
						   .stream = flags & FLAG_STREAM,
						   .chain = flags & FLAG_CHAIN,
						   .stack = !(flags & FLAG_COUNT),
						   .registers = arch.registers };
	e->huge_pages = flags & FLAG_HUGE ? 512 : 0;
	e->events = t.events;
	e->nevents = EVENTS;
	e->roots = t.roots;
	e->nroots = EVENTS / RINGS;
	for (uint32_t i = 0; i < EVENTS; i++)
		t.events[i] = (struct watch_event){ i + 1, dup(t.counts[i]), i / RINGS,
						    flags & FLAG_HUGE && i % 2 };
	for (uint32_t i = 0; i < EVENTS / RINGS; i++)
		t.roots[i] = (struct watch_root){ .pid = MASTER + (pid_t)i,
						  .tid = flags & FLAG_CGROUP ? 0 : MASTER + (pid_t)i,
						  .first = i * RINGS,
						  .n = RINGS,
						  .complete_ns = 100 };
	for (size_t i = 0; i < EVENTS; i++)
		tree_set(t.counts[i], (uint64_t[2]){ 0 }, 16);
	t.w.setup = (struct watch_setup){ .period = 4, .stack_bytes = STACK_MOST };
	t.w.progress = (struct watch_progress){ 0 };
	t.w.since_ns = clock_now();
	t.w.master_begun = false;
	t.samples = 0;
	t.w.unwinder = unwinder_new(&t.fs, &t.w.all);
	watch_begin(&t.w, MASTER, 0);
}

/* ---- the kernel's side */

static void write_record(size_t number, const void *bytes, size_t len)
{
	struct perf_ring *r = &t.rings[number];
	struct perf_event_mmap_page *ring = r->map;
	uint8_t *data = (uint8_t *)ring + sysconf(_SC_PAGESIZE);

	if (ring->data_head + len - __atomic_load_n(&ring->data_tail, __ATOMIC_ACQUIRE) > RING_SIZE)
		watch_follow(&t.w);
	for (size_t i = 0; i < len; i++)
		data[(ring->data_head + i) % RING_SIZE] = ((const uint8_t *)bytes)[i];
	__atomic_store_n(&ring->data_head, ring->data_head + len, __ATOMIC_RELEASE);
}

static void put(struct buf *b, uint64_t word)
{
	buf_add(b, (const char *)&word, sizeof(word));
}

/* Those that are gone, or in no namespace of ours, are 0 or -1. */
static uint32_t number_of(uint8_t byte)
{
	return byte == UINT8_MAX ? UINT32_MAX : byte;
}

static void put_pids(struct buf *b, uint8_t pid, uint8_t tid)
{
	put(b, number_of(pid) | (uint64_t)number_of(tid) << 32);
}

static void end_record(struct buf *b, size_t ring, uint32_t type, uint8_t misc)
{
	struct perf_event_header h = { .type = type,
				       .misc = (uint16_t)(misc << 8),
				       .size = (uint16_t)b->len };

	memcpy(b->data, &h, sizeof(h));
	write_record(ring, b->data, b->len);
}

/* Which event, who, when, where, of which stream and why; half a byte each for two registers; and the stack. */
static void sample(const uint8_t *at, size_t len)
{
	const struct perf_layout *l = &t.w.events.sampling.layout;
	cleanup(buf_release) struct buf b = { 0 };
	size_t stack = len > 8 ? (len - 8) / 8 * 8 : 0;

	if (len < 8)
		return;
	put(&b, 0);
	put(&b, at[0] % (EVENTS + 2));
	put_pids(&b, at[1], at[2]);
	put(&b, at[3]);
	if (l->address)
		put(&b, 0x100000 + at[4] % PAGES * 4096);
	if (l->stream)
		put(&b, at[5] % 8);
	if (l->chain) {
		put(&b, 2);
		put(&b, KERNEL + at[6] * 16);
		put(&b, KERNEL + at[6] % 4 * 256);
	}
	if (l->stack) {
		put(&b, at[7] % 3); /* none, 32 bits, 64 bits */
		for (size_t i = 0; at[7] % 3 && i < arch.registers; i++)
			put(&b, i % 2 ? at[7] : 0x100000 + at[7]);
		stack = stack < STACK_MOST ? stack : STACK_MOST;
		put(&b, stack);
		buf_add(&b, (const char *)at + 8, stack);
		if (stack)
			put(&b, stack);
	}
	t.samples++;
	end_record(&b, at[0] % RINGS, PERF_RECORD_SAMPLE, 0);
}

/* Which record, of which event, when, who and by whom, what is beside it; and a name. */
static void task(const uint8_t *at, size_t len)
{
	static const uint32_t types[] = { PERF_RECORD_FORK,  PERF_RECORD_EXIT, PERF_RECORD_COMM,
					  PERF_RECORD_MMAP2, PERF_RECORD_LOST, PERF_RECORD_SWITCH };
	uint32_t type;
	cleanup(buf_release) struct buf b = { 0 };

	if (len < 8)
		return;
	type = types[at[0] % (sizeof(types) / sizeof(*types))];
	put(&b, 0);
	if (type == PERF_RECORD_LOST) {
		put(&b, at[1]);
		put(&b, at[7]);
	} else {
		put_pids(&b, at[3], type == PERF_RECORD_COMM ? at[4] : at[5]);
		put_pids(&b, at[4], at[6]);
	}
	buf_add(&b, (const char *)at + 8, (len - 8) / 8 * 8 < 64 ? (len - 8) / 8 * 8 : 64);
	put_pids(&b, at[3], at[4]);
	put(&b, at[2]);
	if (t.w.events.sampling.layout.stream)
		put(&b, at[1]);
	put(&b, at[1] % (EVENTS + 2));
	end_record(&b, at[1] % RINGS, type, at[7]);
}

/* Bytes that no kernel writes. */
static void raw(const uint8_t *at, size_t len)
{
	cleanup(buf_release) struct buf b = { 0 };

	if (len < 9)
		return;
	buf_add(&b, (const char *)at + 1, (len - 1) / 8 * 8 < 4096 ? (len - 1) / 8 * 8 : 4096);
	write_record(*at % RINGS, b.data, b.len);
	watch_follow(&t.w);
}

/* ---- what is made of it */

static void check(const struct stacks *s)
{
	cleanup(stacks_release) struct stacks back = { 0 };
	cleanup(buf_release) struct buf b = { 0 };
	uint64_t samples = 0, lost = 0, weight = t.w.events.huge_pages ? 512 / 4 : 1;

	for (size_t i = 0; i < s->ncounts; i++)
		for (int e = 0; e < PAGE_EVENTS; e++)
			samples += s->counts[i].samples[e];
	for (size_t i = 0; i < s->nprocesses; i++) {
		must(s->processes[i].copies >= ABSENT && s->processes[i].faults >= ABSENT);
		must(!i || !s->processes[i].master);
		lost += s->processes[i].lost;
	}
	must(samples <= t.samples * weight && lost <= s->lost);
	must(stacks_put(s, &b) && stacks_take(b.data, b.len, &back));
	must(back.ncounts == s->ncounts && back.nprocesses == s->nprocesses && back.ntraces == s->ntraces);
}

static void check_left(const struct watch_threads *f)
{
	must(!f->ntallies);
	for (size_t i = 0; i < f->nthreads; i++)
		must(!f->threads[i]->ended);
	for (size_t i = 0; i < f->nmembers; i++)
		must(!watch_member_gone(f->members[i]));
}

/* The kernel's counters only grow: by so much each, and so many lost. */
static void take(const uint8_t *at, size_t len)
{
	cleanup(stacks_release) struct stacks s = { 0 };

	for (size_t i = 0; i < EVENTS; i++) {
		uint64_t count[2] = { 0 };

		must(pread(t.counts[i], count, sizeof(count), 0) == sizeof(count));
		count[0] += i < len ? at[i] : 0;
		count[1] += EVENTS + i < len ? at[EVENTS + i] % 4 : 0;
		must(pwrite(t.counts[i], count, sizeof(count), 0) == sizeof(count));
		must(lseek(t.counts[i], 0, SEEK_SET) == 0); /* where a counter is read */
	}
	watch_take(&t.w, &s);
	check(&s);
	check_left(&t.w.threads);
	t.samples = 0;
}

/* The page map of the master, an entry of two bits and a byte each, is read anew by who has one. */
static void read_pages(const uint8_t *at, size_t len)
{
	uint64_t entries[0x120] = { 0 };

	for (size_t i = 0; i < len && i < PAGES; i++)
		entries[0x100 + i] = (uint64_t)at[i] << 56;
	tree_set(t.pagemap, entries, sizeof(entries));
	for (size_t i = 0; i < t.w.threads.nmembers && t.w.events.method == STACKS_SOFTWARE; i++)
		if (t.w.threads.members[i]->pid == MASTER)
			must(watch_pages_read(t.w.threads.members[i]->pages, &t.fs, MASTER) == 0);
}

static void step(const uint8_t *at, size_t len)
{
	switch (*at % STEPS) {
	case STEP_SAMPLE:
		sample(at + 1, len - 1);
		break;
	case STEP_TASK:
		task(at + 1, len - 1);
		break;
	case STEP_RAW:
		raw(at + 1, len - 1);
		break;
	case STEP_FOLLOW:
		watch_follow(&t.w);
		break;
	case STEP_TAKE:
		take(at + 1, len - 1);
		break;
	case STEP_PAGES:
		read_pages(at + 1, len - 1);
		break;
	}
}

static void end(void)
{
	take(NULL, 0);
	for (size_t i = 0; i < EVENTS; i++)
		cleanup_closep(&t.events[i].fd);
	for (size_t i = 0; i < t.w.threads.nmembers; i++)
		watch_pages_free(t.w.threads.members[i]->pages);
	watch_threads_release(&t.w.threads);
	watch_firsts_release(&t.w.firsts);
	unwinder_free(t.w.unwinder);
	stacks_release(&t.w.all);
	t.w.all = (struct stacks){ 0 };
	empty_rings();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pieces p;

	if (!size)
		return 0;
	begin(*data);
	p = (struct pieces){ .data = data + 1, .size = size - 1 };
	while (next_piece(&p))
		if (p.len)
			step(p.piece, p.len);
	end();
	return 0;
}
