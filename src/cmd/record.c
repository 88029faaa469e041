#include <string.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/units.h"
#include "cmd/record_all.h"
#include "cmd/record_runs.h"

#define SIZE_LEAST (64 << 10)
#define ROTATE_LEAST SECOND

static int set_output(void *member, const char *value, struct err *err)
{
	if (!*value)
		return err_set(err, STATUS_USAGE, "--output: the name is empty");
	*(const char **)member = value;
	return 0;
}

/* A number of files, or a time with its unit. */
static int set_keep(void *member, const char *value, struct err *err)
{
	struct rotate_keep *keep = member;
	size_t len = strlen(value);
	bool has_unit = len && (value[len - 1] < '0' || value[len - 1] > '9');

	*keep = (struct rotate_keep){ 0 };
	if (has_unit ? units_parse_time(value, &keep->age_ns) == 0 && keep->age_ns >= ROTATE_LEAST :
		       units_parse_int(value, 1, INT32_MAX, &keep->files) == 0)
		return 0;
	return err_set(err, STATUS_USAGE, "--keep '%.100s': not a number from 1 on, nor a time such as 30d",
		       value);
}

static int set_on_event(void *member, const char *value, struct err *err)
{
	if (!value[strspn(value, " \t\n")])
		return err_set(err, STATUS_USAGE, "--on-event: a command is needed, which is told events");
	*(const char **)member = value;
	return 0;
}

#define SETTING(member) OPTION_MEMBER(struct record_settings, member)
/* clang-format off */
static const struct option_row record_options[] = {
	{ 'o', "output", "FILE", "where to; - writes into a pipe",
	  OPTION_CUSTOM, SETTING(output), .set = set_output },
	{ 0, "all", "DIR", "every pool as it comes and goes, into files in DIR",
	  OPTION_WORD, SETTING(all) },
	{ 'f', "force", NULL, "replace FILE", OPTION_FLAG, SETTING(force) },
	{ 'i', "interval", "SECONDS", "time between samples (1)",
	  OPTION_TIME, SETTING(common.interval_ns) },
	{ 0, "fixed", NULL, "keep to it; else it is shorter while copies burst",
	  OPTION_FLAG, SETTING(fixed) },
	{ 'd', "duration", "TIME", "record for TIME: 90, 1.5s, 10m, 2h",
	  OPTION_TIME, SETTING(common.duration_ns) },
	{ 'n', "count", "N", "take N samples",
	  OPTION_NUMBER, SETTING(common.count), .least = 1, .most = INT32_MAX },
	{ 0, "wait", "[TIME]", "wait for the first worker, for TIME at most",
	  OPTION_CUSTOM, SETTING(common.wait), .set = option_wait },
	{ 0, "load", "CMD", "with -- COMMAND: record while CMD runs, then stop",
	  OPTION_CUSTOM, SETTING(common.load), .set = option_load },
	{ 0, "ready", "CMD|URL|TIME", COMMON_READY,
	  OPTION_CUSTOM, SETTING(common.ready), .set = option_ready },
	{ 0, "runs", "N", "with -- COMMAND: N runs, a file each: a.1.ct, a.2.ct",
	  OPTION_NUMBER, SETTING(runs), .least = 2, .most = RECORD_RUNS_MOST },
	{ 0, "requests", "N", "with --load: it makes N requests",
	  OPTION_NUMBER, SETTING(requests), .least = 1, .most = INT32_MAX },
	{ 0, "no-maps", NULL, "leave the page maps out", OPTION_FLAG, SETTING(no_maps) },
	{ 0, "stacks", NULL, "the call stacks that break pages too", OPTION_FLAG, SETTING(stacks) },
	{ 0, "why", NULL, "what tells why pages were copied too", OPTION_FLAG, SETTING(common.why) },
	{ 0, "every", "N", "with --stacks: take one stack in N",
	  OPTION_NUMBER, SETTING(every), .least = 1, .most = OPTION_EVERY_MOST },
	{ 0, "max-size", "SIZE", "end at SIZE; with --rotate begin the next file",
	  OPTION_SIZE, SETTING(max_size), .least = SIZE_LEAST,
	  .wrong = "not a size from 64KiB on, such as 10MiB, 1.5GB" },
	{ 0, "rotate", "TIME", "begin the next file after TIME",
	  OPTION_TIME, SETTING(rotate_ns), .least = ROTATE_LEAST, .wrong = "a second at least" },
	{ 0, "keep", "N|TIME", "with --rotate: N older files, or those of TIME: 30d",
	  OPTION_CUSTOM, SETTING(keep), .set = set_keep },
	{ 0, "on-event", "COMMAND", "run COMMAND for each event, which is on its stdin",
	  OPTION_CUSTOM, SETTING(on_event), .set = set_on_event },
	{ 0, "budget", "PERCENT", "use no more of a CPU: pages less often (2); none",
	  OPTION_CUSTOM, SETTING(common.budget), .set = option_budget },
	{ 0, "fail-if", "EXPR", "exit 3 if EXPR holds in the last sample; repeatable",
	  OPTION_CUSTOM, SETTING(common.fail_if), .set = option_rule },
	OPTION_LIST_KEYS_ROW,
	GATE_BASELINE_ROWS(struct record_settings),
	GATE_FILE_ROWS(struct record_settings),
	GATE_MARKDOWN_ROW(struct record_settings),
	{ 0 },
};
/* clang-format on */

/* What goes with --all: the pace, the files, and who is told. */
static int check_all(const struct verb *verb, const struct record_settings *set, const struct operands *rest,
		     struct err *err)
{
	const struct common_settings *common = &set->common;

	if (rest->target || rest->command)
		return usage_error(verb, err,
				   "--all records every pool: neither TARGET nor COMMAND goes with it");
	if (set->stacks || common->why)
		return usage_error(verb, err,
				   "--all does not go with %s, which watches one pool closely: "
				   "record that one with -o FILE %s beside it",
				   set->stacks ? "--stacks" : "--why", set->stacks ? "--stacks" : "--why");
	if (set->output || set->force || set->fixed || set->every || set->runs || set->requests ||
	    common->load || common->wait.on || common->ready.kind != READY_QUIET || common->fail_if.n ||
	    gate_is_wanted(&set->gate))
		return usage_error(verb, err,
				   "--all goes with -i, -d, -n, --no-maps, --rotate, --keep, --max-size, "
				   "--on-event and --budget only");
	if (!*set->all)
		return usage_error(verb, err, "--all: the name is empty");
	if (set->max_size && set->max_size < 2 * RECORD_ALL_FILE)
		return usage_error(verb, err, "with --all --max-size is at least 128KiB");
	return gate_check(verb, &set->gate, NULL, err);
}

/* Options that contradict each other or would do nothing. */
static int check_settings(const struct verb *verb, const struct record_settings *set,
			  const struct operands *rest, struct err *err)
{
	const struct common_settings *common = &set->common;

	if (!set->output)
		return usage_error(verb, err, "a file to record into is needed: -o FILE");
	if (common->load && !rest->command)
		return usage_error(verb, err, "--load needs a pool to start: -- COMMAND ARGS...");
	if (common->ready.kind != READY_QUIET && !rest->command)
		return usage_error(verb, err, "--ready needs a pool to start: -- COMMAND ARGS...");
	if (common->load && (common->count || common->duration_ns))
		return usage_error(verb, err,
				   "--load records as long as the load runs: "
				   "-n and -d do not go with it");
	if (set->runs && !rest->command)
		return usage_error(verb, err, "--runs needs a pool to start: -- COMMAND ARGS...");
	if (set->runs && !(common->load || common->count || common->duration_ns))
		return usage_error(verb, err, "--runs needs runs that end: --load, -d or -n");
	if (set->runs && (set->rotate_ns || strcmp(set->output, "-") == 0))
		return usage_error(verb, err, "--runs makes a file a run: neither --rotate nor a pipe");
	if (set->requests && !common->load)
		return usage_error(verb, err, "--requests goes with --load");
	if (set->rotate_ns && strcmp(set->output, "-") == 0)
		return usage_error(verb, err, "--rotate needs a file, not a pipe");
	if ((set->keep.files || set->keep.age_ns) && !set->rotate_ns)
		return usage_error(verb, err, "--keep goes with --rotate");
	if (set->every && !set->stacks)
		return usage_error(verb, err, "--every goes with --stacks");
	if (gate_check(verb, &set->gate, strcmp(set->output, "-") ? NULL : "-o -", err) < 0)
		return -1;
	return run_check_target(verb, rest, err);
}

static void settings_release(struct record_settings *set)
{
	common_release(&set->common);
	gate_settings_release(&set->gate);
}

static int record_verb(const struct verb *verb, int argc, char *argv[], struct err *err)
{
	cleanup(settings_release) struct record_settings set = { 0 };
	struct operands rest;
	int r = options_parse(verb, argc, argv, &set, &rest, err);

	if (r != 0)
		return r;
	if ((set.all && check_all(verb, &set, &rest, err) < 0) ||
	    (!set.stacks && priv_give_up(PRIV_STACKS, err) < 0))
		return -1;
	if (set.all) {
		record_guard();
		return record_all(&set, err);
	}
	if (check_settings(verb, &set, &rest, err) < 0 || record_runs_check(&set, err) < 0)
		return -1;
	record_guard();
	return record_runs(&set, &rest, err);
}

const struct verb verb_record = {
	.name = "record",
	.summary = "sample a pool into a file",
	.synopsis = "-o FILE [OPTIONS] [TARGET]\n"
		    "-o FILE [OPTIONS] -- COMMAND ARGS...\n"
		    "--all DIR [OPTIONS]",
	.about = "Writes sample after sample into FILE, until the time is over, a signal comes\n"
		 "or the pool goes away. SIGUSR1 and cowtop mark put marks into the recording;\n"
		 "cowtop replay, report and diff read it, while it is written and afterwards.",
	.exits = "0 done, 1 failed, 2 usage, 3 a --fail-if condition held, or worse\n"
		 "than --baseline, 4 no permission, 5 no such target, 6 not a forked pool",
	.options = record_options,
	.keeps = PRIV_EXACT | PRIV_STACKS,
	.lends = PRIV_DAC_OVERRIDE,
	.hands = PRIV_EXACT | PRIV_STACKS, /* --on-event */
	.run = record_verb,
};
