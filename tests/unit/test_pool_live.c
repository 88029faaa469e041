/*
 * The live source on a small real pool: a master and two workers that copy pages when they are told.
 * Regions and page map add up to the ledger, and who stands still is left out of a gated walk.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/between.h"
#include "base/cleanup.h"
#include "pool/live.h"

#define WORKERS 2
#define ARENA_PAGES 600
#define COPIES 37
#define PATIENCE_MS 100000 /* the end of a hang: no busy machine gets there */

/* Shared with the pool: who has been told to copy, and who has done so. */
struct board {
	volatile pid_t pids[WORKERS];
	volatile int told[WORKERS], done[WORKERS];
	volatile char letter; /* that a title is to begin with, and */
	volatile char title;  /* the one of who was told last does */
};

struct pool {
	struct board *board;
	char *arena;
	size_t page;
	pid_t master;
	int alive[2]; /* the pool ends when the writing end is closed */
};

static struct board *my_board;

/* Its command line is in memory that is its own by the second time. */
static void change_title(int number)
{
	program_invocation_name[0] = my_board->letter;
	my_board->title = my_board->letter;
}

static void worker(struct pool *p, int i)
{
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	my_board = p->board;
	signal(SIGUSR1, change_title);
	p->board->pids[i] = getpid();
	while (!p->board->told[i])
		usleep(1000);
	for (size_t k = 0; k < COPIES; k++)
		p->arena[k * p->page] = 'w';
	p->board->done[i] = 1;
	while (read(p->alive[0], &byte, 1) > 0)
		continue;
	_exit(0);
}

static void master(struct pool *p)
{
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(p->alive[1]);
	for (int i = 0; i < WORKERS; i++)
		if (!fork())
			worker(p, i);
	while (read(p->alive[0], &byte, 1) > 0)
		continue;
	_exit(0);
}

static void *map(size_t size, int how)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, how | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	return p;
}

static void wait_for(volatile int *what)
{
	for (int ms = 0; !*what; ms++) {
		assert_true(ms < PATIENCE_MS);
		usleep(1000);
	}
}

static void pool_start(struct pool *p)
{
	p->page = (size_t)sysconf(_SC_PAGESIZE);
	p->board = map(sizeof(*p->board), MAP_SHARED);
	p->arena = map(ARENA_PAGES * p->page, MAP_PRIVATE);
	for (size_t k = 0; k < ARENA_PAGES; k++)
		memset(p->arena + k * p->page, (int)(k % 250 + 1), p->page);
	assert_int_equal(pipe(p->alive), 0);
	p->master = fork();
	if (!p->master)
		master(p);
	for (int i = 0; i < WORKERS; i++)
		wait_for((volatile int *)&p->board->pids[i]);
}

static void pool_stop(struct pool *p)
{
	close(p->alive[0]);
	close(p->alive[1]);
	kill(p->master, SIGKILL);
	waitpid(p->master, NULL, 0);
	munmap(p->board, sizeof(*p->board));
	munmap(p->arena, ARENA_PAGES * p->page);
}

static void take(struct live *l, struct sample *s)
{
	struct err err;

	sample_release(s);
	assert_int_equal(live_sample(l, s, &err), 1);
	assert_int_equal(s->nprocs, 1 + WORKERS);
}

static void assert_adds_up(struct live *l, const struct proc_sample *p, const struct pool *pool)
{
	cleanup(address_space_release) struct address_space a = { 0 };
	struct page_facts sum = { 0 };
	uint64_t in_stretches = 0;
	bool found = false;
	struct err err;

	assert_int_equal(live_address_space(l, p->pid, &a, &err), 0);
	for (size_t i = 0; i < a.nregions; i++) {
		const struct region *r = &a.regions[i];

		sum.shared += r->pages.shared;
		sum.orphaned += r->pages.orphaned;
		sum.cow_broken += r->pages.cow_broken;
		sum.cow_file += r->pages.cow_file;
		sum.new += r->pages.new;
		sum.file += r->pages.file;
		if (r->start <= (uintptr_t)pool->arena && (uintptr_t)pool->arena < r->end) {
			found = true;
			assert_int_equal(r->kind, REGION_ANON);
		}
	}
	for (size_t i = 0; i < a.nstretches; i++) {
		in_stretches += a.stretches[i].pages;
		assert_true(!i ||
			    a.stretches[i].start >= a.stretches[i - 1].start + a.stretches[i - 1].pages);
	}
	assert_true(found);
	assert_int_equal(sum.shared, p->pages.shared);
	assert_int_equal(sum.orphaned, p->pages.orphaned);
	assert_int_equal(sum.cow_broken, p->pages.cow_broken);
	assert_int_equal(sum.cow_file, p->pages.cow_file);
	assert_int_equal(sum.new, p->pages.new);
	assert_int_equal(sum.file, p->pages.file);
	assert_int_equal(in_stretches, sum.shared + sum.orphaned + sum.cow_broken + sum.cow_file + sum.new +
					       sum.file + p->pages.swapped);
}

static void open_live(const struct procfs *fs, const struct pool *p, struct live **ret)
{
	struct target target = { .master = p->master, .given = p->master };
	struct proc_stat st;
	struct err err;

	assert_int_equal(procfs_stat(fs, p->master, &st), 0);
	target.start_ticks = st.start_ticks;
	assert_int_equal(live_open(fs, &target, ret, &err), 0);
}

static void tell(struct pool *p, int i)
{
	p->board->told[i] = 1;
	wait_for(&p->board->done[i]);
}

static fact copies(const struct sample *s, pid_t pid)
{
	return sample_find(s, pid)->pages.cow_broken;
}

static void test_live__regions_add_up_to_the_ledger(void **state)
{
	cleanup(sample_release) struct sample s;
	cleanup(procfs_release) struct procfs fs;
	struct pool p;
	struct live *l;

	(void)state;
	sample_init(&s);
	assert_int_equal(procfs_open(&fs, "/proc"), 0);
	pool_start(&p);
	open_live(&fs, &p, &l);
	take(l, &s);
	tell(&p, 1);
	take(l, &s);
	for (size_t i = 0; i < s.nprocs; i++)
		if (s.procs[i].level == LEVEL_EXACT)
			assert_adds_up(l, &s.procs[i], &p);
	live_close(l);
	pool_stop(&p);
}

static void test_live__the_gate_leaves_out_who_stands_still(void **state)
{
	cleanup(sample_release) struct sample s;
	cleanup(procfs_release) struct procfs fs;
	struct pool p;
	struct live *l;
	fact before, frames;

	(void)state;
	sample_init(&s);
	assert_int_equal(procfs_open(&fs, "/proc"), 0);
	pool_start(&p);
	tell(&p, 0); /* workers that wait take no faults once they have slept */
	open_live(&fs, &p, &l);
	live_set_walk_skip(l, true);
	take(l, &s);
	assert_int_equal(s.skipped, 0);
	take(l, &s);
	for (int ms = 0; s.skipped < 1 + WORKERS && ms < PATIENCE_MS; ms++) {
		usleep(1000);
		take(l, &s);
	}
	assert_int_equal(s.walked, 0);
	assert_int_equal(s.skipped, 1 + WORKERS);
	before = copies(&s, p.board->pids[1]);
	frames = s.footprint_pages;
	tell(&p, 1);
	take(l, &s);
	assert_between(s.walked, 2, 1 + WORKERS); /* it and its master */
	assert_int_equal(copies(&s, p.board->pids[1]) - before >= COPIES, 1);
	if (frames != ABSENT)
		assert_between(s.footprint_pages, frames, frames + 4 * COPIES);
	live_close(l);
	pool_stop(&p);
}

static void retitle(struct pool *p, pid_t pid, char letter)
{
	p->board->letter = letter;
	assert_int_equal(kill(pid, SIGUSR1), 0);
	for (int ms = 0; p->board->title != letter; ms++) {
		assert_true(ms < PATIENCE_MS);
		usleep(1000);
	}
}

/* Who takes no fault, and runs for a microsecond, is asked for his title all the same. */
static void test_live__a_new_title_of_who_is_left_out(void **state)
{
	cleanup(sample_release) struct sample s;
	cleanup(procfs_release) struct procfs fs;
	int left_out = 0;
	struct pool p;
	struct live *l;

	(void)state;
	sample_init(&s);
	assert_int_equal(procfs_open(&fs, "/proc"), 0);
	pool_start(&p);
	tell(&p, 0);
	tell(&p, 1);
	open_live(&fs, &p, &l);
	live_set_walk_skip(l, true);
	for (int i = 0; left_out < 5 && i < PATIENCE_MS / 10; i++) {
		pid_t pid = p.board->pids[i % WORKERS];
		char letter = (char)('a' + i % 26);

		take(l, &s); /* twice: who stands still is known */
		take(l, &s);
		retitle(&p, pid, letter);
		take(l, &s);
		left_out += s.skipped == 1 + WORKERS;
		assert_int_equal(sample_find(&s, pid)->cmdline[0], letter);
	}
	live_close(l);
	pool_stop(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_live__regions_add_up_to_the_ledger),
		cmocka_unit_test(test_live__the_gate_leaves_out_who_stands_still),
		cmocka_unit_test(test_live__a_new_title_of_who_is_left_out),
	};

	return cmocka_run_group_tests_name("live", tests, NULL, NULL);
}
