#include <string.h>
#include "analysis/stack_report.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/units.h"
#include "cmd/common_options.h"
#include "cmd/output.h"
#include "cmd/recording.h"
#include "cmd/stacks_collapsed.h"
#include "cmd/stacks_out.h"
#include "cmd/stacks_push.h"
#include "cmd/stacks_watch.h"

/* Without --duration, where nobody can press Ctrl-C. */
#define TIME_UNATTENDED (10 * SECOND)
/* What perf_event_open(2) takes; less holds no frame. */
#define STACK_LEAST 128
#define STACK_MOST 65528

struct settings {
	struct common_settings common;
	struct watch_setup watch;
	struct stacks_out out;
	struct stacks_push push;
	struct when_span span; /* of a recording */
};

static int set_stack_bytes(void *member, const char *value, struct err *err)
{
	uint64_t bytes;

	if (units_parse_size(value, &bytes) < 0 || bytes < STACK_LEAST || bytes > STACK_MOST || bytes % 8)
		return err_set(err, STATUS_USAGE,
			       "--stack-bytes '%.100s': not a multiple of 8 from "
			       "%d to %d",
			       value, STACK_LEAST, STACK_MOST);
	*(uint32_t *)member = (uint32_t)bytes;
	return 0;
}

#define SETTING(member) OPTION_MEMBER(struct settings, member)
/* clang-format off */
static const struct option_row stacks_options[] = {
	{ 'd', "duration", "TIME", "watch for TIME: 90, 1.5s, 10m, 2h",
	  OPTION_TIME, SETTING(common.duration_ns) },
	{ 0, "wait", "[TIME]", "wait for the first worker, for TIME at most",
	  OPTION_CUSTOM, SETTING(common.wait), .set = option_wait },
	{ 0, "load", "CMD", "with -- COMMAND: watch while CMD runs, then stop",
	  OPTION_CUSTOM, SETTING(common.load), .set = option_load },
	{ 0, "ready", "CMD|URL|TIME", COMMON_READY,
	  OPTION_CUSTOM, SETTING(common.ready), .set = option_ready },
	{ 0, "every", "N", "take one stack in N (64 with pages of 4 KiB)",
	  OPTION_NUMBER, SETTING(watch.period), .least = 1, .most = OPTION_EVERY_MOST },
	{ 0, "stack-bytes", "BYTES", "how much of a stack to take (8192)",
	  OPTION_CUSTOM, SETTING(watch.stack_bytes), .set = set_stack_bytes },
	{ 0, "top", "N", "show N stacks (10; as JSON all)",
	  OPTION_NUMBER, SETTING(out.top), .least = 1, .most = INT32_MAX },
	{ 0, "software", NULL, "use the event that needs no privilege (an estimate)",
	  OPTION_FLAG, SETTING(watch.software) },
	{ 0, "count", NULL, "count copies exactly, take no stacks",
	  OPTION_FLAG, SETTING(watch.count_only) },
	{ 'b', "begin", "WHEN", "of a recording: from then on: 14:30, +10m, -10m",
	  OPTION_CUSTOM, SETTING(span.begin), .set = option_when },
	{ 'e', "end", "WHEN", "of a recording: up to then",
	  OPTION_CUSTOM, SETTING(span.end), .set = option_when },
	{ 0, "utc", NULL, "these two in UTC; without, in the local time zone", OPTION_FLAG, SETTING(common.utc) },
	{ 0, "json", NULL, "one JSON document (cowtop.stacks/1)", OPTION_FLAG, SETTING(out.json) },
	{ 0, "folded", "OUT", "a line a stack (root;...;leaf PAGES) into OUT",
	  OPTION_WORD, SETTING(out.paths[STACKS_FOLDED]), .alone = "-" },
	{ 0, "flamegraph", "OUT", "a flame graph (SVG) into OUT; - for stdout",
	  OPTION_WORD, SETTING(out.paths[STACKS_FLAMEGRAPH]) },
	{ 0, "speedscope", "OUT", "a profile for speedscope into OUT",
	  OPTION_WORD, SETTING(out.paths[STACKS_SPEEDSCOPE]) },
	{ 0, "pprof", "OUT", "a profile for pprof (.pb.gz) into OUT",
	  OPTION_WORD, SETTING(out.paths[STACKS_PPROF]) },
	{ 0, "push", "URL", "send Pyroscope at http://... a profile an interval",
	  OPTION_CUSTOM, SETTING(push.url), .set = stacks_push_url },
	{ 'i', "interval", "SECONDS", "with --push: time that a profile is of (15)",
	  OPTION_TIME, SETTING(push.interval_ns), .least = SECOND, .wrong = "a second at least" },
	{ 0, "label", "KEY=VALUE", "with --push: a label of them; repeatable",
	  OPTION_CUSTOM, SETTING(push.labels), .set = stacks_push_label },
	{ 0 },
};
/* clang-format on */

static bool one_file_twice(const struct stacks_out *o)
{
	size_t i, j;

	for (i = 0; i < STACKS_FILES; i++)
		for (j = i + 1; j < STACKS_FILES; j++)
			if (o->paths[i] && o->paths[j] && strcmp(o->paths[i], o->paths[j]) == 0)
				return true;
	return false;
}

/* Outputs that cannot be had together. */
static int check_outputs(const struct verb *verb, const struct settings *set, struct err *err)
{
	const struct stacks_out *o = &set->out;

	if (stacks_out_stdout(o) > 1)
		return usage_error(verb, err, "only one output can be standard output");
	if (one_file_twice(o))
		return usage_error(verb, err, "two outputs cannot be one file");
	if (o->top && o->paths[STACKS_FOLDED] && strcmp(o->paths[STACKS_FOLDED], "-") == 0)
		return usage_error(verb, err, "--folded - has all stacks: --top does not go with it");
	if (o->paths[STACKS_PPROF] && strcmp(o->paths[STACKS_PPROF], "-") == 0 && isatty(STDOUT_FILENO))
		return usage_error(verb, err, "--pprof - is nothing for a terminal");
	if (set->watch.count_only && (o->paths[STACKS_FOLDED] || o->top || o->paths[STACKS_FLAMEGRAPH] ||
				      o->paths[STACKS_SPEEDSCOPE] || o->paths[STACKS_PPROF] ||
				      set->watch.period || set->watch.stack_bytes))
		return usage_error(verb, err,
				   "--count takes no stacks: of the other options only -d, "
				   "--load and --json go with it");
	return 0;
}

static int check_push(const struct verb *verb, const struct settings *set, struct err *err)
{
	const struct stacks_out *o = &set->out;
	bool other = o->json || o->top || set->watch.count_only || stacks_out_has_file(o) ||
		     stacks_out_stdout(o);

	if (set->push.url && other)
		return usage_error(verb, err,
				   "--push is the only output: neither --count nor another one goes with it");
	if (!set->push.url && (set->push.interval_ns || set->push.labels.n))
		return usage_error(verb, err, "-i and --label go with --push");
	return 0;
}

/* Options that a pool which is watched does not take, or that contradict each other. */
static int check_watch(const struct verb *verb, const struct settings *set, const struct operands *rest,
		       struct err *err)
{
	if (set->span.begin.kind != WHEN_OPEN || set->span.end.kind != WHEN_OPEN)
		return usage_error(verb, err, "-b and -e go with a recording");
	if (set->common.utc)
		return usage_error(verb, err, "--utc goes with -b and -e of a recording");
	if (set->common.load && !rest->command)
		return usage_error(verb, err, "--load needs a pool to start: -- COMMAND ARGS...");
	if (set->common.ready.kind != READY_QUIET && !rest->command)
		return usage_error(verb, err, "--ready needs a pool to start: -- COMMAND ARGS...");
	if (set->common.load && set->common.duration_ns)
		return usage_error(verb, err,
				   "--load watches as long as the load runs: "
				   "-d does not go with it");
	return run_check_target(verb, rest, err);
}

static int check_recorded(const struct verb *verb, const struct settings *set, struct err *err)
{
	if (set->common.duration_ns || set->common.load || set->common.wait.on ||
	    set->common.ready.kind != READY_QUIET || set->watch.period || set->watch.stack_bytes ||
	    set->watch.software || set->watch.count_only || set->push.url)
		return usage_error(verb, err,
				   "a recording was made already: -d, --load, --ready, --wait, --every, "
				   "--stack-bytes, --software, --count and --push do not go with it");
	return 0;
}

static int write_out(struct settings *set, const struct stacks *stacks, struct err *err)
{
	cleanup(stack_report_release) struct stack_report report = { 0 };

	stack_report_make(stacks, &report);
	return stacks_out_write(&set->out, &report, err);
}

static void watch_closep(struct watch **w)
{
	watch_close(*w);
}

static int push_profiles(struct stacks_push *push, const struct run *run, struct watch *watch,
			 struct stacks_watch *how, struct err *err)
{
	if (stacks_push_begin(push, run, watch, err) < 0)
		return -1;
	how->news_fd = push_queue_fd(push->queue);
	return stacks_watch(watch, run, how, err) < 0 ? -1 : stacks_push_end(push, err);
}

static int watch_pool(struct settings *set, const struct operands *rest, struct err *err)
{
	cleanup(run_close) struct run run = RUN_NONE;
	cleanup(watch_closep) struct watch *watch = NULL; /* goes before its pool */
	cleanup(stacks_release) struct stacks stacks = { 0 };
	cleanup(stacks_collapsed_release) struct stacks_collapsed collapsed = { 0 };
	const struct run_how how_opened = {
		.series = !set->common.load,
		.wait = set->common.wait.on,
		.wait_ns = set->common.wait.ns,
		.ready = &set->common.ready,
	};
	struct stacks_watch how = { .duration_ns = set->common.duration_ns, .load = set->common.load };

	if (set->push.url) {
		how.each_ns = set->push.interval_ns ?: STACKS_PUSH_INTERVAL;
		how.each = stacks_push;
		how.news = stacks_push_look;
		how.data = &set->push;
	} else if (!how.duration_ns && !how.load && !isatty(STDERR_FILENO))
		how.duration_ns = TIME_UNATTENDED;
	if (run_open(&run, rest, &how_opened, err) < 0 || stacks_out_open(&set->out, err) < 0 ||
	    watch_open(&run.fs, &run.target, &set->watch, &watch, err) < 0)
		return -1;
	if (set->push.url)
		return push_profiles(&set->push, &run, watch, &how, err);
	/* the looks take their time and descriptors: the watch has its own threads, and was first */
	stacks_collapsed_look(&collapsed, &run);
	if (stacks_watch(watch, &run, &how, err) < 0)
		return -1;
	watch_take(watch, &stacks);
	stacks_collapsed_look(&collapsed, &run);
	stacks_collapsed_take(&collapsed, &stacks);
	return write_out(set, &stacks, err);
}

static int read_recording(struct settings *set, const char *path, struct err *err)
{
	cleanup(recording_input_release) struct recording_input in = RECORDING_INPUT_NONE;
	cleanup(recording_closep) struct recording *recording = NULL;
	cleanup(stacks_release) struct stacks stacks = { 0 };
	cleanup(stacks_collapsed_release) struct stacks_collapsed collapsed = { 0 };
	char text[ZONE_SPAN];
	int got;

	set->span.zone = common_zone(set->common.utc);
	if (recording_input_open(&in, path, err) < 0 || stacks_out_open(&set->out, err) < 0 ||
	    recording_alone(err) < 0 || recording_begin(&in, &set->span, &recording, err) < 0 ||
	    recording_await_all(recording, err) < 0)
		return -1;
	got = recording_stacks(recording, &stacks, err);
	if (got < 0)
		return -1;
	if (!got && !recording_info(recording)->nspans)
		return err_set(err, STATUS_FAILED,
			       "%.300s: it was recorded without call stacks; "
			       "cowtop record --stacks takes them along",
			       path);
	if (!got)
		return err_set(err, STATUS_FAILED,
			       "%.300s: there are no call stacks that can be "
			       "read in that part of it; the recording has %s",
			       path,
			       zone_span(text, set->span.zone, recording_info(recording)->first_ns,
					 recording_info(recording)->last_ns));
	if (stacks_collapsed_read(&collapsed, recording, err) < 0)
		return -1;
	stacks_collapsed_take(&collapsed, &stacks);
	return write_out(set, &stacks, err);
}

static void settings_release(struct settings *set)
{
	stacks_push_release(&set->push);
	stacks_out_release(&set->out);
	common_release(&set->common);
}

/* A file with a recording in it, or one that comes through a pipe, is not a name or a pid file. */
static bool is_recorded(const struct operands *rest)
{
	return rest->target && (strcmp(rest->target, "-") == 0 || recording_is_at(rest->target));
}

static int stacks_run(const struct verb *verb, int argc, char *argv[], struct err *err)
{
	cleanup(settings_release) struct settings set = { .out = STACKS_OUT_NONE };
	struct operands rest;
	int r = options_parse(verb, argc, argv, &set, &rest, err);

	if (r != 0)
		return r;
	if (check_outputs(verb, &set, err) < 0 || check_push(verb, &set, err) < 0)
		return -1;
	if (is_recorded(&rest))
		return check_recorded(verb, &set, err) < 0 ? -1 : read_recording(&set, rest.target, err);
	if (check_watch(verb, &set, &rest, err) < 0 ||
	    (!stacks_out_has_file(&set.out) && priv_give_up(PRIV_DAC_OVERRIDE, err) < 0))
		return -1;
	return watch_pool(&set, &rest, err);
}

const struct verb verb_stacks = {
	.name = "stacks",
	.summary = "the call stacks that break pages: text, flame graph, profiles",
	.synopsis = "[OPTIONS] [TARGET]\n"
		    "[OPTIONS] RECORDING\n"
		    "[OPTIONS] -- COMMAND ARGS...",
	.about = "Watches the page faults of a forked pool and shows which call stacks copied how\n"
		 "many pages, and what they were doing: collecting garbage, counting references,\n"
		 "ending, importing, freeing. It only looks: nothing is stopped or written.\n"
		 "\n"
		 "Without -d until Ctrl-C, or for 10 seconds when stderr is no terminal.\n"
		 "Of a file that cowtop record --stacks has made it shows what is in it.",
	.exits = "0 done, 1 failed, 2 usage, 4 no permission, 5 no such target,\n"
		 "6 not a forked pool",
	.options = stacks_options,
	.keeps = PRIV_EXACT | PRIV_STACKS,
	.lends = PRIV_DAC_OVERRIDE,
	.run = stacks_run,
};
