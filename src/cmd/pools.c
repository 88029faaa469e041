#include <stdlib.h>
#include "analysis/analysis.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "cmd/common_options.h"
#include "cmd/output.h"
#include "cmd/ticks.h"
#include "pool/live.h"
#include "sink/json.h"
#include "sink/text.h"

/* Samples in the time of --duration: that many tell what only grows. */
#define LOOKS 12
#define LOOK_LEAST (50 * MILLISECOND)

struct settings {
	struct common_settings common;
	bool json;
};

/* A pool of the machine, with the latest sample, which its snapshot borrows from. */
struct one {
	struct target target;
	struct live *live;
	struct analysis *analysis;
	struct sample sample;
	struct snapshot snap;
	bool shown; /* there is a snapshot */
};

struct pools {
	struct one *items;
	size_t n;
};

#define SETTING(member) OPTION_MEMBER(struct settings, member)
static const struct option_row pools_options[] = {
	{ 0, "json", NULL, "one JSON document (cowtop.pools/1)", OPTION_FLAG, SETTING(json) },
	{ 'd', "duration", "TIME", "look for TIME, to name what only grows: 10, 1m", OPTION_TIME,
	  SETTING(common.duration_ns) },
	{ 0 },
};

static void pools_release(struct pools *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct one *o = &p->items[i];

		live_close(o->live);
		analysis_free(o->analysis);
		snapshot_release(&o->snap);
		sample_release(&o->sample);
		target_release(&o->target);
	}
	free(p->items);
}

/* Of a pool of which nothing could be read the master's pid is shown, and dashes. */
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
	s->master_pid = t->masterless ? 0 : t->master;
	s->leader_pid = t->master;
	s->kinship = t->kinship;
	s->procs = p;
	s->nprocs = 1;
}

/* The next sample of a pool. A pool that cannot be read is shown as far as it can; one that has gone in the
 * meantime is shown as it was, if it was seen. */
static void look(const struct procfs *fs, struct one *o)
{
	struct sample sample;
	struct err err = { 0 };
	int got = o->live ? 0 : live_open(fs, &o->target, &o->live, &err);

	sample_init(&sample);
	if (got == 0)
		got = live_sample(o->live, &sample, &err);
	else
		got = -1;
	if (got == 0 || (got < 0 && (o->shown || err.status == STATUS_NO_TARGET))) {
		sample_release(&sample);
		return;
	}
	if (got < 0)
		say("pool %d: %s", (int)o->target.master, err.msg);
	if (got < 0 && !sample.nprocs)
		sample_unreadable(&sample, &o->target);
	snapshot_release(&o->snap);
	sample_release(&o->sample);
	o->sample = sample;
	analysis_next(o->analysis, &o->sample, &o->snap);
	o->shown = true;
	/* It has workers, or it would be no pool; how many was not read. */
	if (got < 0)
		o->snap.pool.workers = o->snap.pool.helpers = UNKNOWN;
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
	return (sample_leader(x->facts) > sample_leader(y->facts)) -
	       (sample_leader(x->facts) < sample_leader(y->facts));
}

static int pools_find(const struct procfs *fs, struct pools *p, struct err *err)
{
	struct target *targets = NULL;
	size_t n = 0;

	if (target_pools(fs, &targets, &n, err) < 0)
		return -1;
	p->items = xcalloc(n + 1, sizeof(*p->items));
	for (; p->n < n; p->n++) {
		p->items[p->n].target = targets[p->n];
		p->items[p->n].analysis = analysis_new();
		sample_init(&p->items[p->n].sample);
	}
	free(targets);
	return 0;
}

static int pools_collect(struct pools *p, int64_t duration_ns, struct err *err)
{
	cleanup(procfs_release) struct procfs fs = { .fd = -1 };
	int64_t interval_ns = duration_ns / LOOKS > LOOK_LEAST ? duration_ns / LOOKS : LOOK_LEAST;
	struct ticks ticks = { 0 };
	int e = procfs_open(&fs, "/proc");

	if (e < 0)
		return err_errno(err, STATUS_FAILED, -e, "cannot open /proc");
	if (pools_find(&fs, p, err) < 0)
		return -1;
	ticks_start(&ticks, interval_ns, duration_ns);
	do {
		for (size_t i = 0; i < p->n; i++)
			look(&fs, &p->items[i]);
	} while (duration_ns && ticks_wait(&ticks) == TICK_NOW);
	return 0;
}

/* Snapshots of the pools that were seen, the largest first; they borrow from `p`. */
static struct snapshot *pools_shown(const struct pools *p, size_t *n)
{
	struct snapshot *ret = xcalloc(p->n + 1, sizeof(*ret));

	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].shown)
			ret[(*n)++] = p->items[i].snap;
	qsort(ret, *n, sizeof(*ret), by_weight);
	return ret;
}

static int pools_run(const struct verb *verb, int argc, char *argv[], struct err *err)
{
	cleanup(pools_release) struct pools pools = { 0 };
	cleanup(buf_release) struct buf out = { 0 };
	cleanup_free struct snapshot *shown = NULL;
	struct settings set = { 0 };
	struct operands rest;
	size_t n = 0;
	int r = options_parse(verb, argc, argv, &set, &rest, err);

	if (r != 0)
		return r;
	if (operands_none(verb, &rest, err) < 0 || pools_collect(&pools, set.common.duration_ns, err) < 0)
		return -1;
	shown = pools_shown(&pools, &n);
	if (!n)
		say("no forked pool among the processes that this user may read; "
		    "see cowtop doctor");
	if (set.json)
		json_pools(&out, shown, n, true);
	else if (n)
		text_pools(&out, shown, n, output_columns());
	return output_write(&out, err);
}

const struct verb verb_pools = {
	.name = "pools",
	.summary = "the forked pools on this machine, the largest first",
	.synopsis = "[OPTIONS]",
	.about = "Lists every forked pool that this user may see: its master, its workers, what\n"
		 "it costs, how much the workers have copied, and what there is to say of it. A\n"
		 "pool that cannot be read is listed with dashes.",
	.exits = "0 done, 1 failed, 2 usage",
	.options = pools_options,
	.run = pools_run,
};
