#include "find/await.h"

#include <poll.h>
#include <stdio.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "find/children.h"
#include "find/proctree.h"
#include "find/spawn.h"
#include "find/word.h"

/* From one look at the children of a process to the next. */
#define CHILDREN_MS 5
/* From one look at all processes to the next: what is named may have changed. */
#define ALL_NS (SECOND / 2)

bool target_may_come(const char *text, const struct err *why)
{
	/* A pid that is not there is that of no process to come. */
	return why->status == STATUS_NOT_A_POOL ||
	       (why->status == STATUS_NO_TARGET && !(text && word_is_pid(text)));
}

/* ---- the children of one process */

struct watched {
	const struct procfs *fs;
	pid_t pid;
	struct proc_stat st;
	struct image_facts image;
};

static bool read_image(const struct procfs *fs, pid_t pid, struct proc_stat *st, struct image_facts *ret)
{
	if (procfs_stat(fs, pid, st) < 0 || st->state == 'Z' || st->state == 'X' || !st->start_stack)
		return false;
	image_from_stat(st, ret);
	procfs_exe(fs, pid, &ret->exe_dev, &ret->exe_ino);
	return true;
}

/* Forked, and not about to exec: a fork that is one shows it within a few milliseconds. */
static bool is_worker(void *ctx, pid_t child)
{
	enum { EXEC_MS = 3 };
	const struct watched *w = ctx;
	const struct procfs *fs = w->fs;
	struct image_facts image;
	struct proc_stat st;

	if (!read_image(fs, child, &st, &image) || st.ppid != w->pid ||
	    lineage_of(&image, &w->image) != LINEAGE_FORKED || procfs_same_mm(fs, child, w->pid) == 1)
		return false;
	poll(NULL, 0, EXEC_MS);
	if (!read_image(fs, child, &st, &image))
		return true; /* it has ended already */
	return lineage_of(&image, &w->image) == LINEAGE_FORKED;
}

static bool has_worker(const struct procfs *fs, struct watched *w)
{
	cleanup(buf_release) struct buf text = { .limit = 1 << 20 };

	w->fs = fs;
	return children_any(fs, w->pid, is_worker, w, &text);
}

/*
 * Until `until_ns`: 1: there is a worker; 0: not so far, or the process is gone.
 */
static int watch(const struct procfs *fs, struct watched *w, int64_t until_ns)
{
	struct proc_stat st;

	while (clock_now() < until_ns && !spawn_interrupted()) {
		/* An exec since then is another image. */
		if (!read_image(fs, w->pid, &st, &w->image) || st.start_ticks != w->st.start_ticks)
			return 0;
		if (has_worker(fs, w))
			return 1;
		poll(NULL, 0, CHILDREN_MS);
	}
	return 0;
}

/* ---- wait */

static int over(int64_t limit_ns, const struct err *why, struct err *err)
{
	char time[32];

	snprintf(time, sizeof(time), "%.3gs", (double)limit_ns / SECOND);
	return err_set(err, why->status, "no worker within %s: %.600s", time, why->msg);
}

int target_await(const struct procfs *fs, const char *text, int64_t limit_ns, struct target *ret,
		 struct err *err)
{
	int64_t end = limit_ns ? clock_now() + limit_ns : INT64_MAX, until;
	struct watched w;
	struct err why;

	for (;;) {
		if (target_find(fs, text, ret, &why) == 0)
			return 0;
		if (!target_may_come(text, &why)) {
			*err = why;
			return -1;
		}
		if (clock_now() >= end)
			return over(limit_ns, &why, err);
		until = clock_now() + ALL_NS < end ? clock_now() + ALL_NS : end;
		w = (struct watched){ 0 };
		if (text && target_process(fs, text, &w.pid, NULL) == 0 &&
		    procfs_stat(fs, w.pid, &w.st) == 0 && watch(fs, &w, until) == 1) {
			*ret = (struct target){ .master = w.pid,
						.given = w.pid,
						.start_ticks = w.st.start_ticks };
			return 0;
		}
		if (spawn_interrupted())
			return err_set(err, STATUS_FAILED, "interrupted while waiting for the first worker");
		if (!w.pid)
			poll(NULL, 0, ALL_NS / 5000000);
	}
}
