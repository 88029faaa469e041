#include "cmd/try_run.h"

#include <string.h>
#include "base/cleanup.h"
#include "cmd/output.h"
#include "cmd/progress.h"
#include "cmd/record_run.h"
#include "cmd/ticks.h"
#include "cmd/try_tail.h"
#include "find/ports.h"
#include "trial/evidence.h"

/* For what a stopped pool listened at to be free. */
#define PORTS_NS (10 * SECOND)

/* What the pool says, and its load, goes into files of their own. */
struct logs {
	struct buf pool, load; /* their paths */
	int pool_fd, load_fd;
	bool of_load; /* it is the load that failed: the pool lives */
};

#define LOGS_NONE \
	{ \
		.pool_fd = -1, .load_fd = -1 \
	}

static void logs_release(struct logs *l)
{
	buf_release(&l->pool);
	buf_release(&l->load);
	cleanup_closep(&l->pool_fd);
	cleanup_closep(&l->load_fd);
}

static int logs_open(struct logs *l, const struct try_run *how, const struct contender *c, struct err *err)
{
	l->pool_fd = try_files_log(how->files, c->file, how->number, false, &l->pool, err);
	if (l->pool_fd < 0)
		return -1;
	if (how->common->load)
		l->load_fd = try_files_log(how->files, c->file, how->number, true, &l->load, err);
	return how->common->load && l->load_fd < 0 ? -1 : 0;
}

static void show(struct progress *line, const struct try_run *how, const char *phase)
{
	cleanup(buf_release) struct buf text = { 0 };

	buf_printf(&text, "%s%s", how->head, phase);
	progress_show(line, &text);
}

/* One more sample, while they live: did the variant take, and where do they listen? */
static void look(const struct run *run, struct contender *c, struct ports *ports)
{
	cleanup(sample_release) struct sample sample;
	cleanup(buf_release) struct buf evidence = { 0 };
	enum trial_applied applied;

	sample_init(&sample);
	live_set_walk_skip(run->live, false);
	if (live_sample(run->live, &sample, NULL) <= 0)
		return;
	for (size_t i = 0; i < sample.nprocs; i++)
		ports_add(ports, &run->fs, sample.procs[i].pid);
	if (!c->variant)
		return;
	applied = evidence_look(&c->setup, &run->fs, &sample, &evidence);
	contender_saw(c, applied, &evidence);
}

static bool lives(const struct run *run)
{
	struct proc_stat st;

	return procfs_stat(&run->fs, run->target.master, &st) == 0 && st.state != 'Z' && st.state != 'X' &&
	       st.start_ticks == run->target.start_ticks;
}

static int record(const struct try_run *how, struct contender *c, struct run *run, const struct logs *logs,
		  struct err *err)
{
	cleanup(buf_release) struct buf path = { 0 }, head = { 0 };
	struct record_part part = { .load_output = logs->load_fd };
	struct record_settings set = {
		.common = *how->common,
		.requests = how->requests,
		.stacks = how->stacks,
		.part = &part,
	};

	try_files_path(how->files, c->file, how->number, &path);
	set.output = path.data;
	buf_printf(&head, "%s%s", how->head, how->common->load ? "load " : "");
	part.head = head.data;
	/* its pages are what an experiment is about */
	set.common.budget = -1;
	if (record_run(&set, run, how->asked, err) < 0)
		return -1;
	if (!lives(run))
		return err_set(err, STATUS_FAILED, "process %d, the master, is gone before the run was over",
			       (int)run->target.master);
	if (ticks_stopped())
		return err_set(err, STATUS_FAILED, "interrupted");
	return 0;
}

/* All but what is said of a failure. */
static int run_all(const struct try_run *how, struct contender *c, struct logs *logs, struct err *err)
{
	cleanup(ports_release) struct ports ports = { 0 };
	const struct spawn start = {
		.env = c->setup.env,
		.thp_disable = c->setup.thp_disable,
		.thp_flags = c->setup.thp_flags,
		.output = logs->pool_fd,
	};
	const struct operands words = { .command = c->setup.argv };
	const struct run_how opened = {
		.series = !how->common->load,
		.start = &start,
		.ready = &how->common->ready,
		.wait = how->common->wait.on,
		.wait_ns = how->common->wait.ns,
		.again = how->number > 1 || c->variant,
	};
	struct procfs fs = { .fd = -1 };
	struct run run = RUN_NONE;
	struct progress line;
	int r = procfs_open(&fs, "/proc");

	if (r < 0)
		return err_errno(err, STATUS_FAILED, -r, "cannot open /proc");
	progress_begin(&line);
	show(&line, how, "starting");
	ports_begin(&ports, &fs);
	r = run_open(&run, &words, &opened, err);
	progress_wipe(&line);
	if (r == 0) {
		r = record(how, c, &run, logs, err);
		logs->of_load = r < 0 && lives(&run);
	}
	if (r == 0)
		look(&run, c, &ports);
	show(&line, how, "stopping");
	run_close(&run);
	if (r == 0) {
		r = ports_wait_free(&ports, &fs, PORTS_NS, err);
		*how->port_in_use = r < 0;
	}
	progress_wipe(&line);
	procfs_release(&fs);
	return r;
}

/* Show what they said last, and put the last line of it behind the message. */
static void tell(const struct logs *logs, struct err *err)
{
	cleanup(buf_release) struct buf last = { 0 };
	struct err why = *err;

	try_tail_say(logs->pool.data, "what the pool said");
	if (logs->of_load && logs->load.len)
		try_tail_say(logs->load.data, "what the load said");
	if (logs->of_load ? logs->load.len && try_tail_last(logs->load.data, &last) :
			    try_tail_last(logs->pool.data, &last))
		err_set(err, why.status, "%.500s; it said: %s", why.msg, last.data);
}

int try_run(const struct try_run *how, struct contender *c, struct err *err)
{
	cleanup(logs_release) struct logs logs = LOGS_NONE;

	if (logs_open(&logs, how, c, err) < 0)
		return -1;
	if (run_all(how, c, &logs, err) == 0) {
		c->through = how->number;
		return 0;
	}
	if (!ticks_stopped() && !*how->port_in_use)
		tell(&logs, err);
	return -1;
}
