/*
 * Samples of pools on machines that nobody here has: /proc and /sys as they were captured there (tests/proc/, see
 * tests/README.md), with what is odd about each put in by hand. All have the same pool: a master, 9, and two workers,
 * of which the first had copied 400 and the second 100 pages. Nothing of the machine that runs this is in a sample.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "find/target.h"
#include "pool/live.h"

#define MASTER 9
#define FIRST 10
#define SECOND 11
#define KIB 1024

struct machine {
	struct procfs fs;
	struct target target;
	struct live *live;
	struct sample sample;
};

static void machine_open(struct machine *m, const char *root)
{
	struct err err;

	*m = (struct machine){ .fs = { .fd = -1 } };
	assert_int_equal(procfs_open(&m->fs, root), 0);
	assert_int_equal(target_find(&m->fs, "9", &m->target, &err), 0);
	sample_init(&m->sample);
}

static int machine_sample(struct machine *m)
{
	struct err err;

	if (!m->live)
		assert_int_equal(live_open(&m->fs, &m->target, &m->live, &err), 0);
	sample_release(&m->sample);
	sample_init(&m->sample);
	return live_sample(m->live, &m->sample, &err);
}

static void machine_close(struct machine *m)
{
	live_close(m->live);
	sample_release(&m->sample);
	target_release(&m->target);
	procfs_release(&m->fs);
}

/* The pool of a captured machine, all of whose three processes are in the sample. */
static void open_and_sample(struct machine *m, const char *name)
{
	char root[96];

	snprintf(root, sizeof(root), "tests/proc/%s/proc", name);
	machine_open(m, root);
	assert_int_equal(machine_sample(m), 1);
	assert_int_equal(m->sample.nprocs, 3);
	assert_int_equal(m->sample.master_pid, MASTER);
}

static const struct proc_sample *process(const struct machine *m, pid_t pid)
{
	const struct proc_sample *p = sample_find(&m->sample, pid);

	assert_non_null(p);
	return p;
}

static const struct gap *gap_of(const struct proc_sample *p, const char *what)
{
	for (size_t i = 0; i < p->ngaps; i++)
		if (!strcmp(p->gaps[i].what, what))
			return &p->gaps[i];
	return NULL;
}

/* The three are a pool, and how large they are is what their smaps_rollup said. */
static void assert_pool(const struct machine *m, fact master_rss, fact first_rss, fact second_rss)
{
	const struct proc_sample *master = process(m, MASTER);
	const struct proc_sample *first = process(m, FIRST), *second = process(m, SECOND);

	assert_int_equal(master->base_pid, 0);
	assert_int_equal(first->base_pid, MASTER);
	assert_int_equal(second->base_pid, MASTER);
	assert_true(master->forked && first->forked && second->forked);
	assert_int_equal(master->level, LEVEL_ROLLUP);
	assert_int_equal(first->level, LEVEL_ROLLUP);
	assert_int_equal(master->memory.rss, master_rss);
	assert_int_equal(first->memory.rss, first_rss);
	assert_int_equal(second->memory.rss, second_rss);
}

static void test_captured__cgroup_v1_has_its_limit_and_no_pressure(void **state)
{
	struct machine m;
	const struct host_sample *host = &m.sample.host;

	open_and_sample(&m, "cgroup-v1");
	assert_pool(&m, 6456 * KIB, 6452 * KIB, 6452 * KIB);
	assert_int_equal(process(&m, MASTER)->memory.pss, 2273 * KIB);
	assert_int_equal(process(&m, FIRST)->memory.pss, 2873 * KIB);
	assert_int_equal(host->cgroup_limit_bytes, 8589934592);
	assert_int_equal(host->cgroup_used_bytes, 5937999872);
	assert_int_equal(host->pressure_some, ABSENT);
	assert_int_equal(host->pressure_full, ABSENT);
	machine_close(&m);
}

/* The master, which `target` leads to; or why not. */
static pid_t master_by(const char *machine, const char *word, struct err *err)
{
	cleanup(procfs_release) struct procfs fs = { .fd = -1 };
	cleanup(target_release) struct target target = { 0 };
	char root[96];

	snprintf(root, sizeof(root), "tests/proc/%s/proc", machine);
	assert_int_equal(procfs_open(&fs, root), 0);
	return target_find(&fs, word, &target, err) == 0 ? target.master : -1;
}

static void test_captured__a_cgroup_is_a_target_in_both_versions(void **state)
{
	struct err err;

	assert_int_equal(master_by("cgroup-v1", "/group1", &err), MASTER);
	assert_int_equal(master_by("cgroup-v1", "/sys/fs/cgroup/memory/group1/group2", &err), MASTER);
	assert_int_equal(master_by("cgroup-v1", "group2", &err), -1);
	assert_int_equal(err.status, STATUS_NO_TARGET);
	assert_int_equal(master_by("cgroup-v1", "/sys/fs/cgroup/cpu/group1", &err), -1);
	assert_int_equal(err.status, STATUS_NO_TARGET);
	assert_int_equal(master_by("cgroup-v2", "/group1/group2/", &err), MASTER);
	assert_int_equal(master_by("cgroup-v2", "/sys/fs/cgroup/group1", &err), MASTER);
	assert_int_equal(master_by("cgroup-v2", "/group2", &err), -1);
}

static void test_captured__the_machine_is_the_captured_one(void **state)
{
	struct machine m;
	const struct proc_sample *p;

	open_and_sample(&m, "cgroup-v1");
	assert_string_equal(m.sample.host.name, "captured");
	assert_string_equal(m.sample.host.kernel, "6.18");
	assert_int_equal(m.sample.host.properties.known, 0);
	p = process(&m, MASTER);
	assert_int_equal(p->start_ticks, 5345024);
	assert_int_equal(p->start_ns, (INT64_C(1795896965) * 100 + 5345024) * 10000000);
	assert_int_equal(p->minflt, 1393);
	assert_string_equal(p->cmdline, "/opt/pool --master");
	assert_int_equal(gap_of(p, "pagemap")->error, ENOENT);
	assert_int_equal(m.sample.footprint_pages, ABSENT);
	/* its pids are nobody's here: no end is waited for, and nobody has come or gone */
	assert_int_equal(live_end_fd(m.live), -1);
	assert_false(live_ended(m.live));
	assert_false(live_changed(m.live));
	machine_close(&m);
}

static void test_captured__cgroup_v2_has_the_nearest_limit_and_pressure(void **state)
{
	struct machine m;
	const struct host_sample *host = &m.sample.host;

	open_and_sample(&m, "cgroup-v2");
	assert_pool(&m, 6456 * KIB, 6452 * KIB, 6452 * KIB);
	assert_int_equal(host->cgroup_limit_bytes, 1073741824);
	assert_int_equal(host->cgroup_used_bytes, 5937999);
	assert_int_equal(host->pressure_some, 1234);
	assert_int_equal(host->pressure_full, 506);
	machine_close(&m);
}

/* Linux 4.9 has no smaps_rollup: the sums of smaps say the same. */
static void test_captured__without_smaps_rollup_smaps_is_added_up(void **state)
{
	const struct memory_facts *mem;
	struct machine m;

	open_and_sample(&m, "linux-4.9");
	assert_string_equal(m.sample.host.kernel, "4.9");
	assert_pool(&m, 600 * KIB, 603 * KIB, 606 * KIB);
	mem = &process(&m, FIRST)->memory;
	assert_int_equal(mem->pss, (50 + 100 + 150) * KIB);
	assert_int_equal(mem->shared_dirty, 3 * 20 * KIB);
	assert_int_equal(mem->private_dirty, (603 - 3 * 60) * KIB);
	assert_int_equal(mem->swap_pss, 3 * 4 * KIB);
	assert_int_equal(mem->pss_anon, ABSENT);
	assert_null(gap_of(process(&m, FIRST), "smaps_rollup"));
	machine_close(&m);
}

static void test_captured__a_name_may_look_like_the_rest_of_the_line(void **state)
{
	struct machine m;

	open_and_sample(&m, "hostile-names");
	assert_pool(&m, 6456 * KIB, 6452 * KIB, 6452 * KIB);
	assert_string_equal(process(&m, MASTER)->comm, "a b) S 1 2 3");
	assert_string_equal(process(&m, FIRST)->comm, "x\ny) R 1");
	assert_string_equal(process(&m, SECOND)->comm, "((");
	assert_string_equal(process(&m, MASTER)->cmdline, "a b c\nd \x1b[31m");
	assert_string_equal(process(&m, FIRST)->cmdline, "");
	assert_string_equal(process(&m, SECOND)->cmdline, "\xff\xfe");
	assert_int_equal(process(&m, FIRST)->minflt, 526);
	machine_close(&m);
}

/* The first thread of the first worker has ended: another one has its memory, at task/20. */
static void test_captured__a_process_is_not_its_first_thread(void **state)
{
	const struct proc_sample *p;
	struct machine m;

	open_and_sample(&m, "ended-leader");
	assert_pool(&m, 6456 * KIB, 6452 * KIB, 6452 * KIB);
	p = process(&m, FIRST);
	assert_int_equal(p->state, 'S');
	assert_int_equal(p->threads, 2);
	assert_int_equal(p->memory.pss, 2873 * KIB);
	assert_int_equal(p->image.start_stack, process(&m, MASTER)->image.start_stack);
	machine_close(&m);
}

static void test_captured__numbers_near_the_greatest_are_those_or_absent(void **state)
{
	const fact greatest = INT64_MAX;
	const struct proc_sample *p;
	struct machine m;

	open_and_sample(&m, "great-numbers");
	p = process(&m, MASTER);
	assert_int_equal(p->minflt, greatest);
	assert_int_equal(p->memory.rss, greatest - 1023);
	assert_int_equal(p->memory.hugetlb, ABSENT); /* the sum of two that are as great */
	p = process(&m, FIRST);
	assert_int_equal(p->start_ticks, INT64_MAX);
	assert_int_equal(p->minflt, ABSENT);
	assert_int_equal(p->majflt, ABSENT);
	assert_int_equal(p->memory.rss, ABSENT);
	assert_int_equal(gap_of(p, "smaps_rollup")->error, EBADMSG);
	p = process(&m, SECOND);
	assert_int_equal(p->start_ticks, UINT64_MAX);
	assert_int_equal(p->threads, ABSENT);
	assert_int_equal(m.sample.host.memory_bytes, greatest - 1023);
	assert_int_equal(m.sample.host.cgroup_limit_bytes, ABSENT); /* PAGE_COUNTER_MAX and beyond: none */
	machine_close(&m);
}

/* ---- processes that go away between two readings: a copy of a tree, of which files are taken away */

static char copied[64];

static int copy_tree(void **state)
{
	char command[160];

	strcpy(copied, "/tmp/cowtop-proctree-XXXXXX");
	assert_non_null(mkdtemp(copied));
	snprintf(command, sizeof(command), "cp -a tests/proc/cgroup-v2/. %s", copied);
	return system(command);
}

static int remove_tree(void **state)
{
	char command[160];

	snprintf(command, sizeof(command), "rm -rf %s", copied);
	return system(command);
}

static void take_away(const char *name)
{
	char command[160];

	snprintf(command, sizeof(command), "rm -r %s/proc/%s", copied, name);
	assert_int_equal(system(command), 0);
}

static void open_copied(struct machine *m)
{
	char root[96];

	snprintf(root, sizeof(root), "%s/proc", copied);
	machine_open(m, root);
	assert_int_equal(machine_sample(m), 1);
	assert_int_equal(m->sample.nprocs, 3);
}

static void test_vanished__a_worker_is_left_out_and_so_is_its_master(void **state)
{
	struct machine m;

	open_copied(&m);
	take_away("11");
	assert_true(live_changed(m.live));
	assert_int_equal(machine_sample(&m), 1);
	assert_int_equal(m.sample.nprocs, 2);
	assert_null(sample_find(&m.sample, SECOND));
	assert_int_equal(m.sample.master_pid, MASTER);
	take_away("9");
	assert_int_equal(machine_sample(&m), 1);
	assert_int_equal(m.sample.nprocs, 1);
	assert_int_equal(m.sample.master_pid, 0);
	assert_int_equal(m.sample.leader_pid, FIRST);
	take_away("10");
	assert_int_equal(machine_sample(&m), 0);
	machine_close(&m);
}

/* Found a moment ago, and gone before the first look. */
static void test_vanished__who_is_only_in_the_table_is_left_out(void **state)
{
	char root[96];
	struct machine m;

	snprintf(root, sizeof(root), "%s/proc", copied);
	machine_open(&m, root);
	take_away("10");
	m.target.found_ns = INT64_MAX; /* however long this takes */
	assert_int_equal(machine_sample(&m), 1);
	assert_int_equal(m.sample.nprocs, 2);
	assert_null(sample_find(&m.sample, FIRST));
	machine_close(&m);
}

/* A file that is missing of a process that is there says nothing of its end. */
static void test_vanished__files_alone_are_gaps(void **state)
{
	const struct proc_sample *p;
	struct machine m;

	open_copied(&m);
	take_away("11/smaps_rollup");
	assert_int_equal(machine_sample(&m), 1);
	assert_int_equal(m.sample.nprocs, 3);
	p = process(&m, SECOND);
	assert_int_equal(p->level, LEVEL_NONE);
	assert_int_equal(gap_of(p, "smaps_rollup")->error, ENOENT);
	assert_int_equal(gap_of(p, "pagemap")->error, ENOENT);
	assert_int_equal(p->memory.rss, 1613 * sysconf(_SC_PAGESIZE)); /* its stat has that */
	assert_int_equal(p->memory.pss, ABSENT);
	assert_int_equal(process(&m, FIRST)->level, LEVEL_ROLLUP);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_captured__cgroup_v1_has_its_limit_and_no_pressure),
		cmocka_unit_test(test_captured__a_cgroup_is_a_target_in_both_versions),
		cmocka_unit_test(test_captured__the_machine_is_the_captured_one),
		cmocka_unit_test(test_captured__cgroup_v2_has_the_nearest_limit_and_pressure),
		cmocka_unit_test(test_captured__without_smaps_rollup_smaps_is_added_up),
		cmocka_unit_test(test_captured__a_name_may_look_like_the_rest_of_the_line),
		cmocka_unit_test(test_captured__a_process_is_not_its_first_thread),
		cmocka_unit_test(test_captured__numbers_near_the_greatest_are_those_or_absent),
		cmocka_unit_test_setup_teardown(test_vanished__a_worker_is_left_out_and_so_is_its_master,
						copy_tree, remove_tree),
		cmocka_unit_test_setup_teardown(test_vanished__who_is_only_in_the_table_is_left_out,
						copy_tree, remove_tree),
		cmocka_unit_test_setup_teardown(test_vanished__files_alone_are_gaps, copy_tree, remove_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
