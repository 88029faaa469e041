#include <stdlib.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "cmd/common_options.h"
#include "cmd/live.h"
#include "cmd/output.h"
#include "cmd/pool_names.h"
#include "cmd/pools_live.h"
#include "cmd/pools_set.h"
#include "cmd/ticks.h"
#include "sink/json.h"
#include "sink/text.h"

/* Samples in the time of --duration: that many tell what only grows. */
#define LOOKS 12
#define LOOK_LEAST (50 * MILLISECOND)
/* From one look at all of them to the next, in the live list. */
#define LIVE_INTERVAL (2 * SECOND)

struct settings {
	struct common_settings common;
	bool json, names;
};

#define SETTING(member) OPTION_MEMBER(struct settings, member)
static const struct option_row pools_options[] = {
	{ 0, "json", NULL, "one JSON document (cowtop.pools/1)", OPTION_FLAG, SETTING(json) },
	{ 'd', "duration", "TIME", "look for TIME, to name what only grows: 10, 1m", OPTION_TIME,
	  SETTING(common.duration_ns) },
	{ 'i', "interval", "SECONDS", "of the live list: time between looks (2)", OPTION_TIME,
	  SETTING(common.interval_ns) },
	{ 0, "budget", "PERCENT", "of the live list: use no more of a CPU; none", OPTION_CUSTOM,
	  SETTING(common.budget), .set = option_budget },
	{ 0, "utc", NULL, COMMON_UTC, OPTION_FLAG, SETTING(common.utc) },
	{ 0, "no-color", NULL, "no colours in the live list", OPTION_FLAG, SETTING(common.no_color) },
	{ 0, "no-mouse", NULL, "leave the mouse to the terminal", OPTION_FLAG, SETTING(common.no_mouse) },
	{ 0, "names", NULL, "only pid and name of each, at once: for completions", OPTION_FLAG,
	  SETTING(names) },
	{ 0 },
};

/* What a pool has lost, then what it costs, as far as they are known; unknown ones come last. */
static int by_figure(figure x, figure y)
{
	if (known(x) != known(y))
		return known(x) ? -1 : 1;
	return (x < y) - (x > y);
}

static int by_loss(const void *a, const void *b)
{
	const struct snapshot *x = a, *y = b;
	int by = by_figure(x->pool.copied_bytes, y->pool.copied_bytes);

	by = by ?: by_figure(x->pool.footprint_bytes, y->pool.footprint_bytes);
	by = by ?: by_figure(x->pool.memory.rss, y->pool.memory.rss);
	return by ?: sample_leader(x->facts) - sample_leader(y->facts);
}

static void say_problems(const struct pools_set *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (*p->items[i].err.msg && p->items[i].err.status != STATUS_NO_TARGET)
			say("pool %d: %s", (int)p->items[i].target.master, p->items[i].err.msg);
}

static int pools_collect(struct pools_set *p, int64_t duration_ns, struct err *err)
{
	cleanup(procfs_release) struct procfs fs = { .fd = -1 };
	int64_t interval_ns = duration_ns / LOOKS > LOOK_LEAST ? duration_ns / LOOKS : LOOK_LEAST;
	struct ticks ticks = { 0 };
	int e = procfs_open(&fs, "/proc");

	if (e < 0)
		return err_errno(err, STATUS_FAILED, -e, "cannot open /proc");
	if (pools_set_find(p, &fs, err) < 0)
		return -1;
	ticks_start(&ticks, interval_ns, duration_ns);
	do {
		pools_set_look(p, &fs);
		say_problems(p);
	} while (duration_ns && ticks_wait(&ticks) == TICK_NOW);
	return 0;
}

/* Snapshots of the pools that were seen, what loses most first; they borrow from `p`. */
static struct snapshot *pools_shown(const struct pools_set *p, size_t *n)
{
	struct snapshot *ret = xcalloc(p->n + 1, sizeof(*ret));

	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].shown)
			ret[(*n)++] = p->items[i].snap;
	qsort(ret, *n, sizeof(*ret), by_loss);
	return ret;
}

static int write_list(const struct settings *set, struct err *err)
{
	cleanup(pools_set_release) struct pools_set pools = { 0 };
	cleanup(buf_release) struct buf out = { 0 };
	cleanup_free struct snapshot *shown = NULL;
	size_t n = 0;

	if (pools_collect(&pools, set->common.duration_ns, err) < 0)
		return -1;
	shown = pools_shown(&pools, &n);
	if (!n)
		say(pools.some_hidden ? "no forked pool among the processes that this user may read; "
					"see cowtop doctor" :
					"no forked pool");
	if (set->json)
		json_pools(&out, shown, n, true);
	else if (n)
		text_pools(&out, shown, n, output_columns());
	return output_write(&out, err);
}

static int view_list(const struct settings *set, struct err *err)
{
	const struct common_settings *common = &set->common;
	const struct pools_live how = {
		.interval_ns = common->interval_ns ?: LIVE_INTERVAL,
		.share = common->budget > 0 ? common->budget :
			 common->budget < 0 ? 0 :
					      COMMON_BUDGET,
		.color = common_color(common),
		.mouse = !common->no_mouse,
		.zone = common_zone(common->utc),
	};

	return pools_live_run(&how, err);
}

static int pools_run(const struct verb *verb, int argc, char *argv[], struct err *err)
{
	struct settings set = { 0 };
	struct operands rest;
	bool view;
	int r = options_parse(verb, argc, argv, &set, &rest, err);

	if (r != 0)
		return r;
	if (operands_none(verb, &rest, err) < 0)
		return -1;
	if (set.names &&
	    (set.json || set.common.duration_ns || set.common.interval_ns || set.common.budget != 0))
		return usage_error(verb, err,
				   "--names looks at no figures: --json, -d, -i and --budget "
				   "do not go with it");
	if (set.names)
		return priv_give_up(PRIV_STACKS, err) < 0 ? -1 : pool_names_write(err);
	view = !set.json && !set.common.duration_ns && live_possible();
	if (!view && (set.common.interval_ns || set.common.budget != 0))
		return usage_error(
			verb, err,
			"-i and --budget are for the live list: it needs a terminal, and no --json or -d");
	if (!view && priv_give_up(PRIV_STACKS, err) < 0)
		return -1;
	return view ? view_list(&set, err) : write_list(&set, err);
}

const struct verb verb_pools = {
	.name = "pools",
	.summary = "the forked pools on this machine, those that lose most first",
	.synopsis = "[OPTIONS]",
	.about = "Lists every forked pool that this user may see: its master, its workers, what\n"
		 "it costs, how much has been copied, and what there is to say of it; those that\n"
		 "have copied most first. A pool that cannot be read is listed with dashes. On a\n"
		 "terminal the list is live: Enter opens a pool, q and Esc lead back, ? lists the\n"
		 "keys. With --json or -d, and where there is no terminal, it is one plain list.",
	.exits = "0 done, 1 failed, 2 usage",
	.options = pools_options,
	.keeps = PRIV_EXACT | PRIV_STACKS,
	.run = pools_run,
};
