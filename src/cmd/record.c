#include <string.h>
#include "base/cleanup.h"
#include "base/units.h"
#include "cmd/record_run.h"
#include "cmd/record_series.h"

#define SIZE_LEAST (64 << 10)
#define ROTATE_LEAST INT64_C(1000000000)

static int set_output(void *settings, const char *value, struct err *err)
{
	if (!*value)
		return err_set(err, STATUS_USAGE, "--output: the name is empty");
	((struct record_settings *)settings)->output = value;
	return 0;
}

static int set_force(void *settings, const char *value, struct err *err)
{
	((struct record_settings *)settings)->force = true;
	return 0;
}

static int set_fixed(void *settings, const char *value, struct err *err)
{
	((struct record_settings *)settings)->fixed = true;
	return 0;
}

static int set_no_maps(void *settings, const char *value, struct err *err)
{
	((struct record_settings *)settings)->no_maps = true;
	return 0;
}

static int set_stacks(void *settings, const char *value, struct err *err)
{
	((struct record_settings *)settings)->stacks = true;
	return 0;
}

static int set_every(void *settings, const char *value, struct err *err)
{
	return common_every(value, &((struct record_settings *)settings)->every, err);
}

static int set_max_size(void *settings, const char *value, struct err *err)
{
	uint64_t bytes;

	if (units_parse_size(value, &bytes) < 0 || bytes < SIZE_LEAST || bytes > INT64_MAX)
		return err_set(err, STATUS_USAGE, "--max-size '%.100s': not a size from 64KiB on, "
			       "such as 10MiB, 1.5GB", value);
	((struct record_settings *)settings)->max_size = bytes;
	return 0;
}

static int set_rotate(void *settings, const char *value, struct err *err)
{
	int64_t ns;

	if (common_time("rotate", value, &ns, err) < 0)
		return -1;
	if (ns < ROTATE_LEAST)
		return err_set(err, STATUS_USAGE, "--rotate '%.100s': a second at least", value);
	((struct record_settings *)settings)->rotate_ns = ns;
	return 0;
}

static int set_keep(void *settings, const char *value, struct err *err)
{
	if (units_parse_int(value, 1, INT32_MAX, &((struct record_settings *)settings)->keep) < 0)
		return err_set(err, STATUS_USAGE, "--keep '%.100s': not a number from 1 on", value);
	return 0;
}

static const struct option_row record_options[] = {
	{ 'o', "output", "FILE", "where to; - writes into a pipe", set_output },
	{ 'f', "force", NULL, "replace FILE", set_force },
	{ 'i', "interval", "SECONDS", "time between samples (1)", common_interval },
	{ 0, "fixed", NULL, "keep to it; else it is shorter while copies burst", set_fixed },
	{ 'd', "duration", "TIME", "record for TIME: 90, 1.5s, 10m, 2h", common_duration },
	{ 'n', "count", "N", "take N samples", common_count },
	{ 0, "wait", "[TIME]", "wait for the first worker, for TIME at most", common_wait },
	{ 0, "load", "CMD", "with -- COMMAND: record while CMD runs, then stop",
	  common_load },
	{ 0, "no-maps", NULL, "leave the page maps out", set_no_maps },
	{ 0, "stacks", NULL, "the call stacks that break pages too", set_stacks },
	{ 0, "every", "N", "with --stacks: take one stack in N", set_every },
	{ 0, "max-size", "SIZE", "end at SIZE; with --rotate begin the next file", set_max_size },
	{ 0, "rotate", "TIME", "begin the next file after TIME", set_rotate },
	{ 0, "keep", "N", "with --rotate: delete all older files but N", set_keep },
	{ 0, "budget", "PERCENT", "use no more of a CPU: pages less often (2); none", common_budget },
	{ 0, "fail-if", "EXPR", "exit 3 if EXPR holds in the last sample; repeatable",
	  common_rule },
	{ 0 },
};

/* Options that contradict each other or would do nothing. */
static int check_settings(const struct verb *verb, const struct record_settings *set,
			  const struct operands *rest, struct err *err)
{
	const struct common_settings *common = &set->common;

	if (!set->output)
		return usage_error(verb, err, "a file to record into is needed: -o FILE");
	if (common->load && !rest->command)
		return usage_error(verb, err, "--load needs a pool to start: -- COMMAND ARGS...");
	if (common->load && (common->count || common->duration_ns))
		return usage_error(verb, err, "--load records as long as the load runs: "
				   "-n and -d do not go with it");
	if (set->rotate_ns && strcmp(set->output, "-") == 0)
		return usage_error(verb, err, "--rotate needs a file, not a pipe");
	if (set->keep && !set->rotate_ns)
		return usage_error(verb, err, "--keep goes with --rotate");
	if (set->every && !set->stacks)
		return usage_error(verb, err, "--every goes with --stacks");
	return run_check_target(verb, rest, err);
}

/* What was asked for, in a line. */
static const char *describe(const struct operands *rest, struct buf *text)
{
	if (!rest->command)
		return rest->target;
	for (char **word = rest->command; *word; word++)
		buf_printf(text, "%s%s", text->len ? " " : "", *word);
	return text->data;
}

static void settings_release(struct record_settings *set)
{
	common_release(&set->common);
}

static int record_verb(const struct verb *verb, int argc, char *argv[], struct err *err)
{
	cleanup(settings_release) struct record_settings set = {0};
	cleanup(run_close) struct run run = RUN_NONE;
	cleanup(buf_release) struct buf asked = {0};
	struct operands rest;
	struct run_how how;
	int r = options_parse(verb, argc, argv, &set, &rest, err);

	if (r != 0)
		return r < 0 ? -1 : 0;
	if (check_settings(verb, &set, &rest, err) < 0 || record_series_check(&set, err) < 0)
		return -1;
	record_guard();
	how = (struct run_how){
		.series = !set.common.load,
		.wait = set.common.wait,
		.wait_ns = set.common.wait_ns,
	};
	if (run_open(&run, &rest, &how, err) < 0 ||
	    record_run(&set, &run, describe(&rest, &asked), err) < 0)
		return -1;
	err->status = fail_if_verdict(&set.common.fail_if);
	return err->status == STATUS_OK ? 0 : -1;
}

const struct verb verb_record = {
	.name = "record",
	.summary = "sample a pool into a file",
	.synopsis = "-o FILE [OPTIONS] [TARGET]\n"
		    "-o FILE [OPTIONS] -- COMMAND ARGS...",
	.about = "Writes sample after sample into FILE, until the time is over, a signal comes\n"
		 "or the pool goes away. SIGUSR1 and cowtop mark put marks into the recording;\n"
		 "cowtop replay, report and diff read it, while it is written and afterwards.",
	.exits = "0 done, 1 failed, 2 usage, 3 a --fail-if condition held,\n"
		 "4 no permission, 5 no such target, 6 not a forked pool",
	.options = record_options,
	.run = record_verb,
};
