#include "analysis/analysis.h"
#include "base/cleanup.h"
#include "cmd/common_options.h"
#include "cmd/documents.h"
#include "cmd/gate.h"
#include "cmd/live.h"
#include "cmd/output.h"
#include "cmd/run.h"
#include "cmd/ticks.h"
#include "find/load.h"
#include "pool/why_watch.h"

struct settings {
	struct common_settings common;
	enum document_form form;
	struct gate_settings gate;
};

/* What a run holds; released in one place whichever way it ends. */
struct sampling {
	struct settings set;
	bool view;           /* the live view, not documents */
	struct live_end end; /* of live_run() */
	struct run run;
	struct analysis *analysis;
	struct why_watch *why; /* NULL: nobody asked */
	struct documents docs;
	struct gate gate;
};

#define SETTING(member) OPTION_MEMBER(struct settings, member)
/* clang-format off */
static const struct option_row sample_options[] = {
	{ 0, "json", NULL, "one JSON document a sample (cowtop.sample/1)",
	  OPTION_CHOICE, SETTING(form), .choice = DOCUMENT_JSON, .wrong = DOCUMENTS_ONE_FORM },
	{ 0, "csv", NULL, "comma-separated values: the pool, then each process",
	  OPTION_CHOICE, SETTING(form), .choice = DOCUMENT_CSV, .wrong = DOCUMENTS_ONE_FORM },
	{ 'n', "count", "N", "take N samples; as JSON one document a line",
	  OPTION_NUMBER, SETTING(common.count), .least = 1, .most = INT32_MAX },
	{ 'i', "interval", "SECONDS", "time between samples (1); alone: until stopped",
	  OPTION_TIME, SETTING(common.interval_ns) },
	{ 'd', "duration", "TIME", "sample for TIME: 90, 1.5s, 10m, 2h",
	  OPTION_TIME, SETTING(common.duration_ns) },
	{ 0, "wait", "[TIME]", "wait for the first worker, for TIME at most",
	  OPTION_CUSTOM, SETTING(common.wait), .set = option_wait },
	{ 0, "why", NULL, "with --json, --fail-if: why pages were copied too",
	  OPTION_FLAG, SETTING(common.why) },
	{ 0, "fail-if", "EXPR", "exit 3 if EXPR holds in the last sample; repeatable",
	  OPTION_CUSTOM, SETTING(common.fail_if), .set = option_rule },
	OPTION_LIST_KEYS_ROW,
	GATE_BASELINE_ROWS(struct settings),
	GATE_FILE_ROWS(struct settings),
	GATE_MARKDOWN_ROW(struct settings),
	{ 0, "load", "CMD", "with -- COMMAND: sample, run CMD, sample, stop",
	  OPTION_CUSTOM, SETTING(common.load), .set = option_load },
	{ 0, "ready", "CMD|URL|TIME", COMMON_READY,
	  OPTION_CUSTOM, SETTING(common.ready), .set = option_ready },
	{ 0, "budget", "PERCENT", "use no more of a CPU: pages less often; none",
	  OPTION_CUSTOM, SETTING(common.budget), .set = option_budget },
	{ 0, "utc", NULL, COMMON_UTC, OPTION_FLAG, SETTING(common.utc) },
	{ 0, "no-color", NULL, "no colours in the live view",
	  OPTION_FLAG, SETTING(common.no_color) },
	{ 0, "no-mouse", NULL, "leave the mouse to the terminal",
	  OPTION_FLAG, SETTING(common.no_mouse) },
	{ 0 },
};
/* clang-format on */

/* More than one sample. */
static bool repeats(const struct settings *set)
{
	return set->common.count || set->common.interval_ns || set->common.duration_ns;
}

/* Options that contradict each other or would do nothing. */
static int check_settings(const struct verb *verb, const struct sampling *s, const struct operands *rest,
			  struct err *err)
{
	const struct common_settings *common = &s->set.common;
	bool series = s->view || repeats(&s->set);

	if (common->load && !rest->command)
		return usage_error(verb, err, "--load needs a pool to start: -- COMMAND ARGS...");
	if (common->ready.kind != READY_QUIET && !rest->command)
		return usage_error(verb, err, "--ready needs a pool to start: -- COMMAND ARGS...");
	if (common->load && (series || common->budget != 0))
		return usage_error(verb, err,
				   "--load takes two samples, before and after: "
				   "-n, -i, -d and --budget do not go with it");
	if (common->budget != 0 && !series)
		return usage_error(verb, err,
				   "--budget is for several samples: "
				   "it needs -n, -i or -d");
	if (common->why && s->set.form != DOCUMENT_JSON && !common->fail_if.n)
		return usage_error(verb, err, "--why is for --json and --fail-if; without them: cowtop why");
	if (gate_check(verb, &s->set.gate, documents_option(s->set.form), err) < 0)
		return -1;
	return run_check_target(verb, rest, err);
}

static void sampling_close(struct sampling *s)
{
	why_watch_free(s->why);
	analysis_free(s->analysis);
	run_close(&s->run);
	common_release(&s->set.common);
	gate_close(&s->gate);
	gate_settings_release(&s->set.gate);
}

/* Is it known that this one is the last? */
static bool is_last(const struct sampling *s)
{
	return !s->docs.series || s->docs.written + 1 == s->set.common.count ||
	       (s->set.common.load && s->docs.written);
}

/* What was written on copies is read once, at the end. */
static void look_why(struct sampling *s, struct sample *sample)
{
	if (!s->why)
		return;
	why_watch_look(s->why, s->run.live, &s->run.fs, sample, 0);
	if (is_last(s))
		why_watch_read(s->why, s->run.live, sample, NULL, NULL);
}

/* Take a sample and write it. 1, or 0 when the master has gone, or -1. */
static int write_sample(struct sampling *s, struct err *err)
{
	cleanup(sample_release) struct sample sample;
	cleanup(snapshot_release) struct snapshot snap = { 0 };
	int master = (int)s->run.target.master, got;

	sample_init(&sample);
	got = live_sample(s->run.live, &sample, err);
	if (got < 0)
		return -1;
	if (got == 0 && !s->docs.written)
		return err_set(err, STATUS_NO_TARGET, "process %d is gone before the first sample", master);
	if (got == 0) {
		say("process %d is gone; samples written: %lld", master, (long long)s->docs.written);
		return 0;
	}
	look_why(s, &sample);
	analysis_next(s->analysis, &sample, &snap);
	if (documents_write(&s->docs, &snap, err) < 0)
		return -1;
	fail_if_check(&s->set.common.fail_if, &snap);
	gate_keep(&s->gate, &snap);
	return 1;
}

/* Samples until the count is reached, the time is over, a signal comes or the master goes. What the last one says
 * is judged: a process whose pages wait for the budget is walked in it, or in one more when the time is over. */
static int write_series(struct sampling *s, struct err *err)
{
	const struct common_settings *common = &s->set.common;
	bool limit = common_limit(common, 0, s->run.live);
	struct ticks ticks = { 0 };
	enum tick tick = TICK_NOW;
	int got = 1;

	ticks_start(&ticks, common->interval_ns ?: COMMON_INTERVAL, common->duration_ns);
	while (got > 0 && tick == TICK_NOW) {
		live_set_walk_skip(s->run.live, limit && s->docs.written + 1 != common->count);
		got = write_sample(s, err);
		ticks.least_ns = live_interval_least(s->run.live);
		if (s->docs.written == common->count)
			return got < 0 ? -1 : 0;
		if (got > 0)
			tick = ticks_wait(&ticks);
	}
	if (got > 0 && tick == TICK_OVER && live_is_behind(s->run.live)) {
		live_set_walk_skip(s->run.live, false);
		got = write_sample(s, err);
	}
	return got < 0 ? -1 : 0;
}

static int write_around_load(struct sampling *s, struct err *err)
{
	struct load *load;
	int got = write_sample(s, err);

	if (got > 0 && (load_start(s->set.common.load, -1, &load, err) < 0 || load_end(load, err) < 0))
		return -1;
	if (got > 0)
		got = write_sample(s, err);
	if (got == 0)
		return err_set(err, STATUS_FAILED, "the pool went away under the load");
	return got < 0 ? -1 : 0;
}

static int run_view(struct sampling *s, struct err *err)
{
	struct common_settings *common = &s->set.common;
	const struct live_setup setup = {
		.live = s->run.live,
		.fs = &s->run.fs,
		.target = &s->run.target,
		.fail_if = &common->fail_if,
		.why = common->why,
		.count = common->count,
		.interval_ns = common->interval_ns,
		.duration_ns = common->duration_ns,
		.color = common_color(common),
		.mouse = !common->no_mouse,
		.zone = common_zone(common->utc),
	};
	int got;

	common_limit(common, COMMON_BUDGET, s->run.live);
	child_stderr_hold(s->run.talk, true);
	got = live_run(&setup, &s->end, err);
	child_stderr_hold(s->run.talk, false);
	return got;
}

static int run_sampling(struct sampling *s, struct err *err)
{
	if (s->view)
		return run_view(s, err);
	s->analysis = analysis_new();
	if (s->set.common.why)
		s->why = why_watch_new();
	s->docs = (struct documents){
		.zone = common_zone(s->set.common.utc),
		.form = s->set.form,
		.series = s->set.common.load || repeats(&s->set),
	};
	if (s->set.common.load) {
		s->set.common.fail_if.samples = FAIL_IF_AROUND_LOAD;
		return write_around_load(s, err);
	}
	if (s->docs.series)
		return write_series(s, err);
	return write_sample(s, err) < 0 ? -1 : 0;
}

/* What the run, which came to `r`, comes to with its rules. */
static int judge(struct sampling *s, int r, struct err *err)
{
	if (r == 0) {
		r = fail_if_verdict(&s->set.common.fail_if, err);
		gate_rules(&s->gate, &s->set.common.fail_if);
	}
	return gate_end(&s->gate, r, err);
}

static int sample_run(const struct verb *verb, int argc, char *argv[], struct err *err)
{
	cleanup(sampling_close) struct sampling s = { .run = RUN_NONE, .gate = GATE_NONE };
	struct operands rest;
	struct run_how how;
	int r = options_parse(verb, argc, argv, &s.set, &rest, err);

	if (r != 0)
		return r;
	s.view = s.set.form == DOCUMENT_TABLE && !s.set.common.load && !gate_is_wanted(&s.set.gate) &&
		 live_possible();
	how = (struct run_how){
		.view = s.view,
		.series = s.view || repeats(&s.set),
		.wait = s.set.common.wait.on,
		.wait_ns = s.set.common.wait.ns,
		.ready = &s.set.common.ready,
	};
	if (check_settings(verb, &s, &rest, err) < 0 || (!s.view && priv_give_up(PRIV_STACKS, err) < 0) ||
	    gate_open(&s.gate, &s.set.gate, err) < 0)
		return -1;
	gate_pool(&s.gate, NULL);
	r = run_open(&s.run, &rest, &how, err);
	if (r == 0)
		r = run_sampling(&s, err);
	r = judge(&s, r, err);
	if (s.end.left_behind)
		run_leave(&s.run, r < 0 ? err : NULL);
	return r;
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
		 "TARGET is a pid, the name of a program, a unit of systemd, the path of a pid\n"
		 "file or a cgroup, or the id of a container; without it, the one pool on this\n"
		 "machine. -- COMMAND starts a pool, and stops it at the end.",
	.exits = "0 done, 1 failed, 2 usage, 3 a --fail-if condition held, or worse\n"
		 "than --baseline, 4 no permission, 5 no such target, 6 not a forked pool",
	.options = sample_options,
	.keeps = PRIV_EXACT | PRIV_STACKS,
	.run = sample_run,
};
