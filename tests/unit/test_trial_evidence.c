/* Did a variant take? Of a made pool, whose files of /proc are written here: a master, 9, and workers 10 and 11. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/alloc.h"
#include "sys/pagemap.h"
#include "trial/evidence_parts.h"
#include "trial/folder.h"

#define PROCESSES 3

struct world {
	char *root;
	struct procfs fs;
	struct sample s;
	struct gc_state states[PROCESSES];
	char *argv[4], *env[4]; /* each with a NULL at its end */
	struct setup setup;
};

static int begin(void **state)
{
	static struct world w;
	static char program[] = "python3", script[] = "x.py", more[] = "--more", own[] = "OWN=1",
		    tunables[] = "GLIBC_TUNABLES=glibc.malloc.check=1", path[] = "PYTHONPATH=/folder";

	w = (struct world){ .fs = { .fd = -1 },
			    .argv = { program, script, more },
			    .env = { own, tunables, path } };
	if (folder_make(&w.root, NULL) < 0 || procfs_open(&w.fs, w.root) < 0)
		return -1;
	sample_init(&w.s);
	w.s.nprocs = PROCESSES;
	w.s.procs = xcalloc(PROCESSES, sizeof(*w.s.procs));
	w.s.master_pid = w.s.leader_pid = 9;
	for (size_t i = 0; i < PROCESSES; i++) {
		struct proc_sample *p = &w.s.procs[i];

		proc_sample_init(p);
		p->pid = 9 + (pid_t)i;
		p->ppid = i ? 9 : 1;
		p->forked = true;
		p->state = 'S';
		p->gc.runtime = RUNTIME_CPYTHON;
		strcpy(p->gc.version, "3.11.2");
		p->gc.interpreters = &w.states[i];
		p->gc.ninterpreters = 1;
		gc_state_init(&w.states[i]);
	}
	w.setup = (struct setup){ .argv = w.argv, .env = w.env, .thp_disable = -1, .folder = w.root };
	*state = &w;
	return 0;
}

static int end(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < PROCESSES; i++)
		w->s.procs[i].gc.interpreters = NULL;
	sample_release(&w->s);
	procfs_release(&w->fs);
	folder_remove(w->root);
	free(w->root);
	return 0;
}

/* The same file of each process; `text` may hold NULs. */
static void put(struct world *w, const char *name, const char *text, size_t len)
{
	for (size_t i = 0; i < PROCESSES; i++) {
		char path[512];
		FILE *f;

		snprintf(path, sizeof(path), "%s/%d", w->root, (int)w->s.procs[i].pid);
		mkdir(path, 0700);
		snprintf(path, sizeof(path), "%s/%d/%s", w->root, (int)w->s.procs[i].pid, name);
		f = fopen(path, "w");
		assert_non_null(f);
		assert_int_equal(fwrite(text, 1, len, f), len);
		fclose(f);
	}
}
#define PUT(w, name, text) put(w, name, text, sizeof(text) - 1)

static void says(struct world *w, const char *variant, enum trial_applied applied, const char *says)
{
	struct variant *v;
	struct err err = { 0 };
	struct buf text = { 0 };

	if (variant_parse(variant, &v, &err) < 0)
		fail_msg("%s", err.msg);
	w->setup.variant = v;
	if (evidence_look(&w->setup, &w->fs, &w->s, &text) != applied ||
	    !strstr(text.len ? text.data : "", says))
		fail_msg("%s: \"%s\"", variant, text.len ? text.data : "");
	w->setup.variant = NULL;
	variant_free(v);
	buf_release(&text);
}

static void test_gc__nothing_known(void **state)
{
	struct world *w = *state;

	says(w, "gc.freeze", TRIAL_UNKNOWN, "no collector was found");
	proc_sample_gap(&w->s.procs[1], "gc", 1, "CAP_SYS_PTRACE");
	says(w, "gc.disable", TRIAL_UNKNOWN, "worker 10 cannot be read, needs CAP_SYS_PTRACE");
	w->s.nprocs = 1;
	says(w, "gc.threshold=0", TRIAL_UNKNOWN, "no worker");
	w->s.nprocs = PROCESSES;
}

static void test_gc__frozen(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < PROCESSES; i++)
		w->states[i].any_frozen = 0;
	w->states[0].any_frozen = 1; /* the master's own is not asked for */
	says(w, "gc.freeze", TRIAL_NOT_APPLIED, "frozen in 0 of 2 workers");
	w->states[1].any_frozen = w->states[2].any_frozen = 1;
	w->states[2].frozen = 5000;
	says(w, "gc.collect+freeze", TRIAL_APPLIED, "frozen in 2 of 2 workers, 5000 at most");
	w->s.procs[1].state = 'Z';
	says(w, "gc.freeze", TRIAL_APPLIED, "frozen in 1 of 1 workers");
	w->s.procs[1].state = 'S';
	for (size_t i = 0; i < PROCESSES; i++)
		strcpy(w->s.procs[i].gc.version, "3.6.15");
	says(w, "gc.freeze", TRIAL_NOT_APPLIED, "3.6.15 has no gc.freeze()");
}

static void test_gc__off_and_thresholds(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < PROCESSES; i++) {
		w->states[i].enabled = 0;
		w->states[i].thresholds[0] = 900;
		w->states[i].thresholds[1] = 10;
	}
	says(w, "gc.disable", TRIAL_APPLIED, "off in 2 of 2");
	says(w, "gc.threshold=900", TRIAL_APPLIED, "thresholds 900 in 2 of 2");
	says(w, "gc.threshold=900,10,5", TRIAL_APPLIED, "2 of 2"); /* newer ones have no third */
	says(w, "gc.threshold=0", TRIAL_NOT_APPLIED, "0 of 2 workers: in process 10 they are 900,10,-");
	w->states[1].enabled = w->states[2].enabled = 1;
	says(w, "gc.disable", TRIAL_NOT_APPLIED, "off in 0 of 2 workers: Python did not look");
	PUT(w, "environ", "OWN=1\0PYTHONPATH=/own\0");
	says(w, "gc.disable", TRIAL_NOT_APPLIED, "off in 0 of 2 workers: they were started without");
	says(w, "gc.disable+gc.freeze", TRIAL_NOT_APPLIED, "; no collector was found");
}

#define LIBC "7f0000000000-7f0000001000 r-xp 00000000 08:01 5 /usr/lib/libc.so.6\n"
#define JEMALLOC "7f0000002000-7f0000003000 r-xp 00000000 08:01 6 /usr/lib/libjemalloc.so.2\n"

static void test_malloc__by_what_is_mapped(void **state)
{
	struct world *w = *state;

	says(w, "malloc=jemalloc", TRIAL_UNKNOWN, "cannot be read");
	PUT(w, "maps", LIBC);
	says(w, "malloc=jemalloc", TRIAL_NOT_APPLIED, "jemalloc is mapped in 0 of 3");
	says(w, "malloc=glibc", TRIAL_APPLIED, "3 of 3");
	PUT(w, "maps", LIBC JEMALLOC);
	says(w, "malloc=jemalloc", TRIAL_APPLIED, "libjemalloc.so.2 is mapped in 3 of 3");
	says(w, "malloc=glibc", TRIAL_NOT_APPLIED, "0 of 3 processes: there is libjemalloc.so.2");
	PUT(w, "maps", "400000-401000 r-xp 00000000 08:01 5 /srv/static\n");
	says(w, "malloc=glibc", TRIAL_NOT_APPLIED, "0 of 3");
}

static void test_malloc__settings_of_glibc(void **state)
{
	static char two[] = "GLIBC_TUNABLES=glibc.malloc.tcache_count=0:glibc.malloc.check=1";
	struct world *w = *state;

	PUT(w, "maps", LIBC);
	says(w, "malloc.arenas=1", TRIAL_UNKNOWN, "MALLOC_ARENA_MAX holds is not known");
	PUT(w, "environ", "OWN=1\0MALLOC_ARENA_MAX=1\0GLIBC_TUNABLES=glibc.malloc.check=1\0");
	says(w, "malloc.arenas=1", TRIAL_APPLIED, "MALLOC_ARENA_MAX=1 is set in 3 of 3");
	says(w, "malloc.arenas=2", TRIAL_NOT_APPLIED, "0 of 3");
	says(w, "malloc.trim=64KiB", TRIAL_NOT_APPLIED, "0 of 3");
	says(w, "tunable:glibc.malloc.check=1", TRIAL_APPLIED, "is set in 3 of 3");
	w->env[1] = two;
	says(w, "tunable:glibc.malloc.check=1", TRIAL_NOT_APPLIED, "0 of 3");
	PUT(w, "environ", "GLIBC_TUNABLES=glibc.malloc.tcache_count=0\0glibc.malloc.check=1\0OWN=1\0");
	says(w, "tunable:glibc.malloc.check=1", TRIAL_APPLIED, "is set in 3 of 3");
	PUT(w, "environ", "OWN=1\0GLIBC_TUNABLES=glibc.malloc.tcache_count=0\0glibc.malloc.check=2\0");
	says(w, "tunable:glibc.malloc.check=1", TRIAL_NOT_APPLIED, "0 of 3");
	PUT(w, "maps", LIBC JEMALLOC);
	says(w, "malloc.arenas=1", TRIAL_NOT_APPLIED, "the processes have libjemalloc.so.2");
	PUT(w, "maps", "7f0000000000-7f0000001000 r-xp 00000000 08:01 5 /lib/ld-musl-x86_64.so.1\n");
	says(w, "malloc.arenas=1", TRIAL_NOT_APPLIED, "another C library");
}

static void test_env__of_the_start(void **state)
{
	struct world *w = *state;

	says(w, "env:A=1", TRIAL_UNKNOWN, "cannot be read");
	PUT(w, "environ", "OWN=1\0A=1\0");
	says(w, "env:A=1", TRIAL_APPLIED, "3 of 3");
	says(w, "env:A=2", TRIAL_NOT_APPLIED, "0 of 3");
	says(w, "env:A", TRIAL_NOT_APPLIED, "not there in 0 of 3");
	says(w, "env:B", TRIAL_APPLIED, "not there in 3 of 3");
	/* a title stands there: nothing of what it was started with is left */
	PUT(w, "environ", "\0\0\0\0\0\0\0\0");
	says(w, "env:A=1", TRIAL_UNKNOWN, "cannot be read any more");
	says(w, "env:B", TRIAL_UNKNOWN, "cannot be read any more");
	/* a wrapper has dropped it */
	PUT(w, "environ", "OWN=1\0");
	says(w, "env:A=1", TRIAL_NOT_APPLIED, "0 of 3");
}

static void test_args__of_the_master(void **state)
{
	struct world *w = *state;

	says(w, "args:--more", TRIAL_UNKNOWN, "cannot be read");
	PUT(w, "cmdline", "/usr/bin/python3\0x.py\0--more\0");
	says(w, "args:--more", TRIAL_APPLIED, "has these arguments");
	PUT(w, "cmdline", "/usr/bin/python3\0x.py\0");
	says(w, "args:--more", TRIAL_NOT_APPLIED, "has 1 of these 2");
	PUT(w, "cmdline", "app: master");
	says(w, "args:--more", TRIAL_UNKNOWN, "a title");
}

static void test_thp__refused_and_given(void **state)
{
	struct world *w = *state;

	PUT(w, "status", "Name:\tx\n");
	says(w, "thp=never", TRIAL_UNKNOWN, "does not tell");
	PUT(w, "status", "Name:\tx\nTHP_enabled:\t0\nThreads:\t1\n");
	says(w, "thp=never", TRIAL_APPLIED, "refused in 3 of 3");
	says(w, "thp=always", TRIAL_NOT_APPLIED, "not refused in 0 of 3");
	PUT(w, "status", "Name:\tx\nTHP_enabled:\t1\nThreads:\t1\n");
	says(w, "thp=never", TRIAL_NOT_APPLIED, "refused in 0 of 3");
	says(w, "thp=always", TRIAL_APPLIED, "not refused in 3 of 3");

	w->setup.thp_flags = 2;
	says(w, "thp=madvise", TRIAL_UNKNOWN, "does not tell");
#define SMAPS(eligible, flags) \
	"400000-401000 rw-p 0 00:00 0\nRss: 4 kB\nTHPeligible:    " eligible "\nVmFlags: rd wr" flags " \n"
	PUT(w, "smaps", SMAPS("0", "") SMAPS("1", " hg"));
	says(w, "thp=madvise", TRIAL_APPLIED, "only where they are asked for in 3 of 3");
	PUT(w, "smaps", SMAPS("0", "") SMAPS("1", " hg") SMAPS("1", ""));
	says(w, "thp=madvise", TRIAL_NOT_APPLIED, "0 of 3");
	w->setup.thp_flags = 0;
}

static void test_ruby__what_the_hook_left(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < PROCESSES; i++)
		w->s.procs[i].gc.runtime = RUNTIME_RUBY;
	says(w, "gc.compact", TRIAL_NOT_APPLIED, "no process of the pool has said that it ran GC.compact");
	assert_int_equal(folder_write(w->root, "done.77.compact", "", NULL), 0); /* who is not of the pool */
	says(w, "gc.compact", TRIAL_NOT_APPLIED, "no process");
	w->s.procs[0].uid = geteuid() + 1;
	says(w, "gc.compact", TRIAL_UNKNOWN, "another user");
	assert_int_equal(folder_write(w->root, "done.9.compact", "", NULL), 0);
	assert_int_equal(folder_write(w->root, "done.9.disable", "", NULL), 0);
	says(w, "gc.compact", TRIAL_APPLIED, "process 9 ran GC.compact");
	says(w, "gc.disable", TRIAL_APPLIED, "off in process 9 when it first forked");
	says(w, "gc.start+gc.compact", TRIAL_UNKNOWN, "; process 9");
	PUT(w, "maps", "7f0000000000-7f0000001000 r-xp 00000000 08:01 5 /usr/lib/libruby-2.7.so.2.7.4\n");
	says(w, "gc.start", TRIAL_NOT_APPLIED, "Ruby 2.7 has no Process._fork");
	says(w, "warmup", TRIAL_NOT_APPLIED, "no Process.warmup");
}

static void test_pymalloc__by_the_variable(void **state)
{
	struct world *w = *state;

	says(w, "pymalloc=off", TRIAL_UNKNOWN, "neither");
	PUT(w, "environ", "OWN=1\0PYTHONMALLOC=malloc\0");
	says(w, "pymalloc=off", TRIAL_APPLIED, "3 of 3");
	PUT(w, "environ", "OWN=1\0");
	says(w, "pymalloc=off", TRIAL_NOT_APPLIED, "0 of 3");
}

static void test_preload__needs_opcache(void **state)
{
	struct world *w = *state;

	says(w, "opcache.preload=/x.php", TRIAL_UNKNOWN, "cannot be read");
	PUT(w, "maps", LIBC);
	says(w, "opcache.preload=/x.php", TRIAL_NOT_APPLIED, "has not loaded opcache");
	PUT(w, "maps", "7f0000000000-7f0000001000 r-xp 00000000 08:01 5 /usr/lib/php/20220829/opcache.so\n");
	says(w, "opcache.preload=/x.php", TRIAL_UNKNOWN, "shows no preloaded script");
}

/* Of a mapping that only reserves addresses what was written is found at once, and where nothing tells that, not sought. */
static void test_holds__behind_reserved_memory(void **state)
{
	const size_t len = 64ULL << 40, page = (size_t)sysconf(_SC_PAGESIZE);
	char *at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct vma v = { .start = (uintptr_t)at, .end = (uintptr_t)at + len };
	int pagemap = open("/proc/self/pagemap", O_RDONLY), fd = open("/proc/self/mem", O_RDONLY);
	struct page_range range;
	struct mem_run mem;
	uint64_t next;
	bool scans;

	if (at == MAP_FAILED || pagemap < 0 || fd < 0)
		skip();
	strcpy(at + len - 2 * page, "what is sought");
	scans = pagemap_populated(pagemap, v.start / page, v.end / page, &range, 1, &next) == 1;
	mem_run_init(&mem, pagemap, fd, 8);
	assert_int_equal(evidence_holds(&mem, &v, "what is sought", 15), scans);
	assert_false(evidence_holds(&mem, &v, "what is not there", 18));
	mem_run_release(&mem);
	close(pagemap);
	close(fd);
	munmap(at, len);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_gc__nothing_known),         TEST(test_gc__frozen),
		TEST(test_gc__off_and_thresholds),    TEST(test_malloc__by_what_is_mapped),
		TEST(test_malloc__settings_of_glibc), TEST(test_env__of_the_start),
		TEST(test_args__of_the_master),       TEST(test_thp__refused_and_given),
		TEST(test_ruby__what_the_hook_left),  TEST(test_pymalloc__by_the_variable),
		TEST(test_preload__needs_opcache),    TEST(test_holds__behind_reserved_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
