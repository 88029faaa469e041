#include <stdlib.h>
#include "analysis/analysis.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "sink/json.h"
#include "sink/text.h"
#include "source/live.h"

struct settings {
	bool json;
};

/* The pools of the machine, each with the sample that its snapshot borrows from. */
struct pools {
	struct target *targets;
	size_t ntargets;
	struct sample *samples;  /* one for each target, some of them empty */
	struct snapshot *snaps;  /* `n` of them: what is shown */
	size_t n;
};

static int set_json(void *settings, const char *value, struct err *err)
{
	((struct settings *)settings)->json = true;
	return 0;
}

static const struct option_row pools_options[] = {
	{ 0, "json", NULL, "one JSON document (cowtop.pools/1)", set_json },
	{ 0 },
};

static void pools_release(struct pools *p)
{
	for (size_t i = 0; i < p->n; i++)
		snapshot_release(&p->snaps[i]);
	for (size_t i = 0; i < p->ntargets; i++) {
		if (p->samples)
			sample_release(&p->samples[i]);
		target_release(&p->targets[i]);
	}
	free(p->snaps);
	free(p->samples);
	free(p->targets);
}

/* A pool of which nothing could be read is its master's pid and dashes. */
static void sample_unreadable(struct sample *s, const struct target *t)
{
	struct proc_sample *p = xcalloc(1, sizeof(*p));

	proc_sample_init(p);
	p->pid = t->master;
	p->start_ticks = t->start_ticks;
	p->forked = true;
	p->user = xstrdup("");
	p->comm = xstrdup("");
	p->cmdline = xstrdup("");
	s->master_pid = t->master;
	s->procs = p;
	s->nprocs = 1;
}

/* One sample of one pool; false when it has gone in the meantime. */
static bool look(const struct procfs *fs, const struct target *t, struct sample *s,
		 struct snapshot *snap)
{
	struct live *live = NULL;
	struct analysis *analysis;
	struct err err = {0};
	int got = live_open(fs, t, &live, &err);

	if (got == 0)
		got = live_sample(live, s, &err);
	else
		got = -1;
	live_close(live);
	if (got == 0 || (got < 0 && err.status == STATUS_NO_TARGET))
		return false;
	if (got < 0)
		say("pool %d: %s", (int)t->master, err.msg);
	if (got < 0 && !s->nprocs)
		sample_unreadable(s, t);
	analysis = analysis_new();
	analysis_next(analysis, s, snap);
	analysis_free(analysis);
	/* There are some, or it would be no pool; how many was not read. */
	if (got < 0)
		snap->pool.workers = snap->pool.helpers = UNKNOWN;
	return true;
}

/* What a pool costs, as far as it is known; unknown ones come last. */
static double weight(const struct snapshot *s)
{
	if (known(s->pool.footprint_bytes))
		return s->pool.footprint_bytes;
	return known(s->pool.memory.rss) ? s->pool.memory.rss : -1;
}

static int by_weight(const void *a, const void *b)
{
	const struct snapshot *x = a, *y = b;
	double wx = weight(x), wy = weight(y);

	if (wx != wy)
		return wx < wy ? 1 : -1;
	return (x->facts->master_pid > y->facts->master_pid) -
	       (x->facts->master_pid < y->facts->master_pid);
}

static int pools_collect(struct pools *p, struct err *err)
{
	cleanup(procfs_release) struct procfs fs = { .fd = -1 };
	int e = procfs_open(&fs, "/proc");

	if (e < 0)
		return err_errno(err, STATUS_FAILED, -e, "cannot open /proc");
	if (target_pools(&fs, &p->targets, &p->ntargets, err) < 0)
		return -1;
	p->samples = xcalloc(p->ntargets + 1, sizeof(*p->samples));
	p->snaps = xcalloc(p->ntargets + 1, sizeof(*p->snaps));
	for (size_t i = 0; i < p->ntargets; i++) {
		sample_init(&p->samples[i]);
		if (look(&fs, &p->targets[i], &p->samples[i], &p->snaps[p->n]))
			p->n++;
	}
	qsort(p->snaps, p->n, sizeof(*p->snaps), by_weight);
	return 0;
}

static int pools_run(const struct verb *verb, int argc, char *argv[], struct err *err)
{
	cleanup(pools_release) struct pools pools = {0};
	cleanup(buf_release) struct buf out = {0};
	struct settings set = {0};
	struct operands rest;
	int r = options_parse(verb, argc, argv, &set, &rest, err);

	if (r != 0)
		return r < 0 ? -1 : 0;
	if (operands_none(verb, &rest, err) < 0 || pools_collect(&pools, err) < 0)
		return -1;
	if (!pools.n)
		say("no forked pool among the processes that this user may read; "
		    "see cowtop doctor");
	if (set.json)
		json_pools(&out, pools.snaps, pools.n, true);
	else if (pools.n)
		text_pools(&out, pools.snaps, pools.n, output_columns());
	return output_write(&out, err);
}

const struct verb verb_pools = {
	.name = "pools",
	.summary = "the forked pools on this machine, the largest first",
	.synopsis = "[OPTIONS]",
	.about = "Lists every forked pool that this user may see: its master, its workers, what\n"
		 "it costs, and how much the workers have copied. A pool that cannot be read is\n"
		 "listed with dashes.",
	.exits = "0 done, 1 failed, 2 usage",
	.options = pools_options,
	.run = pools_run,
};
