#include <string.h>
#include "analysis/analysis.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "cmd/gate.h"
#include "cmd/live.h"
#include "cmd/live_talk.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/ticks.h"
#include "sink/json.h"
#include "sink/text.h"
#include "source/command.h"
#include "source/live.h"
#include "tui/terminal.h"

#define SECOND INT64_C(1000000000)
#define INTERVAL_LEAST (SECOND / 1000)
#define TIME_MOST (366 * 86400 * SECOND)
/* How long a started command must stand still to count as ready, and how long it may take. */
#define QUIET SECOND
#define PATIENCE (60 * SECOND)

struct settings {
	bool json;
	bool no_color;
	int64_t count;       /* 0: not given */
	int64_t interval_ns; /* 0: not given */
	int64_t duration_ns; /* 0: not given */
	double budget;       /* 0: not given */
	const char *load;
	struct gate gate;
};

/* What a run holds; released in one place whichever way it ends. */
struct run {
	struct settings *set;
	bool view; /* the live view, not documents */
	struct procfs fs;
	struct target target;
	struct command *command;
	struct talk *talk;
	struct live *live;
	struct analysis *analysis;
	struct ticks ticks;
	int64_t samples; /* written */
};

static int set_json(void *settings, const char *value, struct err *err)
{
	((struct settings *)settings)->json = true;
	return 0;
}

static int set_count(void *settings, const char *value, struct err *err)
{
	if (units_parse_int(value, 1, INT32_MAX, &((struct settings *)settings)->count) < 0)
		return err_set(err, STATUS_USAGE, "--count '%.100s': not a number from 1 on",
			       value);
	return 0;
}

static int set_interval(void *settings, const char *value, struct err *err)
{
	int64_t ns;

	if (units_parse_time(value, &ns) < 0 || ns < INTERVAL_LEAST || ns > TIME_MOST)
		return err_set(err, STATUS_USAGE, "--interval '%.100s': not a time between 1ms and "
			       "366d, such as 1, 0.5s, 10m", value);
	((struct settings *)settings)->interval_ns = ns;
	return 0;
}

static int set_duration(void *settings, const char *value, struct err *err)
{
	int64_t ns;

	if (units_parse_time(value, &ns) < 0 || ns < INTERVAL_LEAST || ns > TIME_MOST)
		return err_set(err, STATUS_USAGE, "--duration '%.100s': not a time between 1ms and "
			       "366d, such as 90, 1.5s, 10m, 2h", value);
	((struct settings *)settings)->duration_ns = ns;
	return 0;
}

static int set_rule(void *settings, const char *value, struct err *err)
{
	return gate_add(&((struct settings *)settings)->gate, value, err);
}

static int set_load(void *settings, const char *value, struct err *err)
{
	((struct settings *)settings)->load = value;
	return 0;
}

static int set_no_color(void *settings, const char *value, struct err *err)
{
	((struct settings *)settings)->no_color = true;
	return 0;
}

static int set_budget(void *settings, const char *value, struct err *err)
{
	size_t digits = strspn(value, "0123456789.");
	double percent;

	/* Digits only: units_parse_quantity() would take sizes and times as well. */
	if ((value[digits] && strcmp(value + digits, "%") != 0) ||
	    units_parse_quantity(value, &percent) < 0)
		return err_set(err, STATUS_USAGE, "--budget '%.100s': not a percentage", value);
	if (value[digits])
		percent *= 100;
	if (!(percent > 0 && percent <= 100))
		return err_set(err, STATUS_USAGE, "--budget '%.100s': not above 0 and up to 100 "
			       "percent of one CPU", value);
	((struct settings *)settings)->budget = percent / 100;
	return 0;
}

static const struct option_row sample_options[] = {
	{ 0, "json", NULL, "one JSON document a sample (cowtop.sample/1)", set_json },
	{ 'n', "count", "N", "take N samples; as JSON one document a line", set_count },
	{ 'i', "interval", "SECONDS", "time between samples (1); alone: until stopped",
	  set_interval },
	{ 'd', "duration", "TIME", "sample for TIME: 90, 1.5s, 10m, 2h", set_duration },
	{ 0, "fail-if", "EXPR", "exit 3 if EXPR holds in the last sample; repeatable", set_rule },
	{ 0, "load", "CMD", "with -- COMMAND: sample, run CMD, sample, stop", set_load },
	{ 0, "budget", "PERCENT", "sample less often to stay below this much CPU", set_budget },
	{ 0, "no-color", NULL, "no colours in the live view", set_no_color },
	{ 0 },
};

/* Options that contradict each other or would do nothing. */
static int check_settings(const struct verb *verb, const struct run *r,
			  const struct operands *rest, struct err *err)
{
	const struct settings *set = r->set;
	bool repeats = r->view || set->count || set->interval_ns || set->duration_ns;

	if (set->load && !rest->command)
		return usage_error(verb, err, "--load needs a pool to start: -- COMMAND ARGS...");
	if (set->load && (repeats || set->budget > 0))
		return usage_error(verb, err, "--load takes two samples, before and after: "
				   "-n, -i, -d and --budget do not go with it");
	if (set->budget > 0 && !repeats)
		return usage_error(verb, err, "--budget stretches the interval: "
				   "it needs -n, -i or -d");
	if (rest->target && verb_find(rest->target))
		return usage_error(verb, err, "a verb comes first: cowtop %s [OPTIONS]; "
				   "a process of that name is given by its pid", rest->target);
	return 0;
}

static void run_close(struct run *r)
{
	live_close(r->live);
	analysis_free(r->analysis);
	command_stop(r->command);
	talk_stop(r->talk);
	target_release(&r->target);
	procfs_release(&r->fs);
	gate_release(&r->set->gate);
}

/* What the pool says must not go into the view, but into its place afterwards. */
static int start_command(struct run *r, char **command, struct err *err)
{
	int e;

	if (!r->view || !isatty(STDERR_FILENO))
		return command_start(&r->fs, command, &r->command, err);
	if (talk_start(&r->talk, err) < 0)
		return -1;
	talk_lend(r->talk);
	e = command_start(&r->fs, command, &r->command, err);
	talk_lend_end(r->talk);
	return e;
}

/* Find the pool, or start it, and open it. */
static int run_open(struct run *r, const struct operands *rest, struct err *err)
{
	int e = procfs_open(&r->fs, "/proc");

	if (e < 0)
		return err_errno(err, STATUS_FAILED, -e, "cannot open /proc");
	ticks_guard();
	if (rest->command) {
		if (start_command(r, rest->command, err) < 0 ||
		    command_wait_pool(r->command, QUIET, PATIENCE, &r->target, err) < 0)
			return -1;
	} else if (target_find(&r->fs, rest->target, &r->target, err) < 0) {
		return -1;
	}
	if (r->target.note.len)
		say("%s", r->target.note.data);
	if (live_open(&r->fs, &r->target, &r->live, err) < 0)
		return -1;
	r->analysis = analysis_new();
	return 0;
}

/* One document to stdout. `series`: it is one of several. */
static int write_snapshot(const struct run *r, const struct snapshot *snap, bool series,
			  struct err *err)
{
	cleanup(buf_release) struct buf out = {0};

	if (r->set->json) {
		json_snapshot(&out, snap, !series);
	} else {
		if (r->samples)
			buf_addc(&out, '\n');
		text_snapshot(&out, snap, output_columns());
	}
	return output_write(&out, err);
}

/* Take a sample and write it. 1, or 0 when the master has gone, or -1. */
static int take(struct run *r, bool series, struct err *err)
{
	cleanup(sample_release) struct sample sample;
	cleanup(snapshot_release) struct snapshot snap = {0};
	int got;

	sample_init(&sample);
	got = live_sample(r->live, &sample, err);
	if (got < 0)
		return -1;
	if (got == 0 && !r->samples)
		return err_set(err, STATUS_NO_TARGET, "process %d is gone before the first sample",
			       (int)r->target.master);
	if (got == 0) {
		say("process %d is gone; samples written: %lld", (int)r->target.master,
		    (long long)r->samples);
		return 0;
	}
	analysis_next(r->analysis, &sample, &snap);
	if (write_snapshot(r, &snap, series, err) < 0)
		return -1;
	r->samples++;
	gate_check(&r->set->gate, &snap);
	return 1;
}

/* Samples until the count is reached, the time is over, a signal comes or the master goes. */
static int take_series(struct run *r, struct err *err)
{
	const struct settings *set = r->set;
	int got;

	ticks_start(&r->ticks, set->interval_ns ? set->interval_ns : SECOND, set->duration_ns,
		    set->budget);
	do {
		got = take(r, true, err);
	} while (got > 0 && r->samples != set->count && ticks_wait(&r->ticks) == TICK_NOW);
	return got < 0 ? -1 : 0;
}

static int take_around_load(struct run *r, struct err *err)
{
	int got = take(r, true, err);

	if (got > 0 && command_load(r->set->load, err) < 0)
		return -1;
	if (got > 0)
		got = take(r, true, err);
	if (got == 0)
		return err_set(err, STATUS_FAILED, "the pool went away under the load");
	return got < 0 ? -1 : 0;
}

static int take_view(struct run *r, struct err *err)
{
	const struct live_setup setup = {
		.live = r->live,
		.master = r->target.master,
		.gate = &r->set->gate,
		.count = r->set->count,
		.interval_ns = r->set->interval_ns,
		.duration_ns = r->set->duration_ns,
		.budget = r->set->budget,
		.color = !r->set->no_color && !*(getenv("NO_COLOR") ?: ""),
	};
	int got;

	talk_hold(r->talk, true);
	got = live_run(&setup, err);
	talk_hold(r->talk, false);
	return got;
}

static int take_all(struct run *r, struct err *err)
{
	const struct settings *set = r->set;

	if (r->view)
		return take_view(r, err);
	if (set->load)
		return take_around_load(r, err);
	if (set->count || set->interval_ns || set->duration_ns)
		return take_series(r, err);
	return take(r, false, err) < 0 ? -1 : 0;
}

static int sample_run(const struct verb *verb, int argc, char *argv[], struct err *err)
{
	struct settings set = {0};
	cleanup(run_close) struct run run = {
		.set = &set,
		.fs = { .fd = -1 },
	};
	struct operands rest;
	int r = options_parse(verb, argc, argv, &set, &rest, err);

	if (r != 0)
		return r < 0 ? -1 : 0;
	run.view = !set.json && !set.load && live_possible();
	if (check_settings(verb, &run, &rest, err) < 0 || (run.view && terminal_check(err) < 0) ||
	    run_open(&run, &rest, err) < 0 || take_all(&run, err) < 0)
		return -1;
	err->status = gate_verdict(&set.gate);
	return err->status == STATUS_OK ? 0 : -1;
}

const struct verb verb_sample = {
	.name = "",
	.summary = "what the workers of a pool still share, and what they have copied",
	.synopsis = "[OPTIONS] [TARGET]\n"
		    "[OPTIONS] -- COMMAND ARGS...",
	.about = "Shows, page by page, what the workers of a forked pool still share with their\n"
		 "master, what they have copied and what is their own. It only looks: nothing is\n"
		 "stopped, signalled or written. On a terminal this is a live view, in which ?\n"
		 "lists the keys; elsewhere it is one plain table.\n"
		 "\n"
		 "TARGET is a pid, the name of a program, or the path of a pid file; without it,\n"
		 "the one pool on this machine. -- COMMAND starts a pool, and stops it at the end.",
	.exits = "0 done, 1 failed, 2 usage, 3 a --fail-if condition held,\n"
		 "4 no permission, 5 no such target, 6 not a forked pool",
	.options = sample_options,
	.run = sample_run,
};
