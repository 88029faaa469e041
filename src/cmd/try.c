#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cmd/gate_trial.h"
#include "cmd/record_run.h"
#include "cmd/ticks.h"
#include "cmd/try_out.h"
#include "cmd/try_rounds.h"

#define RUNS 3
#define RUNS_MOST 100

struct settings {
	struct common_settings common;
	struct with {
		const char **items; /* borrowed */
		size_t n, cap;
	} with;
	int64_t runs;     /* 0: not given */
	int64_t requests; /* 0: not given */
	const char *folder, *logs;
	bool stacks; /* in the recordings too */
	struct try_out out;
	struct gate_settings gate;
};

static int add_with(void *member, const char *value, struct err *err)
{
	struct with *with = member;

	vec_room(&with->items, with->n, &with->cap);
	with->items[with->n++] = value;
	return 0;
}

static int set_folder(void *member, const char *value, struct err *err)
{
	if (!*value)
		return err_set(err, STATUS_USAGE, "--output, --log: the name of a folder is empty");
	*(const char **)member = value;
	return 0;
}

#define SETTING(member) OPTION_MEMBER(struct settings, member)
/* clang-format off */
static const struct option_row try_options[] = {
	{ 0, "with", "VARIANT", "a change to try, such as gc.freeze; all; repeatable",
	  OPTION_CUSTOM, SETTING(with), .set = add_with },
	{ 0, "runs", "N", "runs of each, in turn (3)",
	  OPTION_NUMBER, SETTING(runs), .least = 1, .most = RUNS_MOST },
	{ 0, "load", "CMD", "record each run while CMD runs",
	  OPTION_CUSTOM, SETTING(common.load), .set = option_load },
	{ 'd', "duration", "TIME", "in place of a load: record each run for TIME",
	  OPTION_TIME, SETTING(common.duration_ns) },
	{ 0, "ready", "CMD|URL|TIME", "begin the load when this is ready; else when quiet",
	  OPTION_CUSTOM, SETTING(common.ready), .set = option_ready },
	{ 0, "wait", "[TIME]", "wait for the pool for TIME at most (60s)",
	  OPTION_CUSTOM, SETTING(common.wait), .set = option_wait },
	{ 0, "requests", "N", "the load makes N requests",
	  OPTION_NUMBER, SETTING(requests), .least = 1, .most = INT32_MAX },
	{ 'i', "interval", "SECONDS", "time between samples (1)",
	  OPTION_TIME, SETTING(common.interval_ns) },
	{ 'o', "output", "DIR", "keep the recordings: DIR/VARIANT.RUN.ct",
	  OPTION_CUSTOM, SETTING(folder), .set = set_folder },
	{ 0, "stacks", NULL, "with -o: the call stacks that break pages too", OPTION_FLAG, SETTING(stacks) },
	{ 0, "log", "DIR", "keep what pools and loads say: DIR/VARIANT.RUN.log",
	  OPTION_CUSTOM, SETTING(logs), .set = set_folder },
	{ 0, "json", NULL, "one JSON document (cowtop.try/1)", OPTION_FLAG, SETTING(out.json) },
	{ 0, "html", "OUT", "a page with plots into OUT; - for stdout",
	  OPTION_WORD, SETTING(out.paths[TRY_HTML]) },
	{ 0, "markdown", "OUT", "a table for a pull request into OUT; - for stdout",
	  OPTION_WORD, SETTING(out.paths[TRY_MARKDOWN]) },
	GATE_BASELINE_ROWS(struct settings),
	GATE_FILE_ROWS(struct settings),
	{ 0 },
};
/* clang-format on */

static void settings_release(struct settings *set)
{
	try_out_release(&set->out);
	gate_settings_release(&set->gate);
	common_release(&set->common);
	free(set->with.items);
}

static void free_names(char ***names)
{
	for (char **name = *names; name && *name; name++)
		free(*name);
	free(*names);
}

/* Nothing to try: say what there is for this command. */
static int ask_for_variants(const struct verb *verb, const struct operands *rest, struct err *err)
{
	cleanup(free_names) char **names = NULL;
	cleanup(buf_release) struct buf text = { 0 };

	if (variant_all(rest->command, &names, NULL) == 0)
		for (char **name = names; *name; name++)
			buf_printf(&text, "%s%s", text.len ? ", " : "", *name);
	if (!text.len)
		return usage_error(verb, err, "a variant to try is needed: --with VARIANT");
	return usage_error(verb, err, "a variant to try is needed: --with VARIANT, or all: %.400s",
			   text.data);
}

static int check_settings(const struct verb *verb, const struct settings *set, const struct operands *rest,
			  struct err *err)
{
	if (rest->target)
		return usage_error(verb, err,
				   "'%.100s': a pool that runs already cannot be tried: -- COMMAND ARGS...",
				   rest->target);
	if (!rest->command || !*rest->command)
		return usage_error(verb, err, "a command to start is needed: -- COMMAND ARGS...");
	if (!set->with.n)
		return ask_for_variants(verb, rest, err);
	if (!set->common.load == !set->common.duration_ns)
		return usage_error(verb, err,
				   set->common.load ? "--load records as long as the load runs: "
						      "-d does not go with it" :
						      "each run needs an end: --load CMD, or -d TIME");
	if (set->requests && !set->common.load)
		return usage_error(verb, err, "--requests goes with --load");
	if (set->stacks && !set->folder)
		return usage_error(verb, err, "--stacks is for recordings that are kept: -o DIR");
	if (try_out_stdout(&set->out) > 1)
		return usage_error(
			verb, err,
			"more than one of --json, --html - and --markdown - writes standard output");
	return gate_check(verb, &set->gate,
			  try_out_stdout(&set->out) ? "one of --json, --html - and --markdown -" : NULL, err);
}

static void describe(char *const command[], struct buf *out)
{
	for (char *const *word = command; *word; word++)
		buf_printf(out, "%s%s", out->len ? " " : "", *word);
}

static int run_trial(struct settings *set, const struct operands *rest, struct gate *gate, struct err *err)
{
	cleanup(contenders_release) struct contenders c = { 0 };
	cleanup(try_files_close) struct try_files files = { 0 };
	cleanup(trial_release) struct trial trial = { 0 };
	cleanup(buf_release) struct buf asked = { 0 };
	struct try_rounds rounds = {
		.common = &set->common,
		.files = &files,
		.requests = set->requests,
		.stacks = set->stacks,
		.runs = set->runs ?: RUNS,
	};

	if (contenders_make(&c, rest->command, set->with.items, set->with.n, err) < 0 ||
	    try_files_open(&files, set->folder, set->logs, err) < 0)
		return -1;
	for (size_t i = 0; i < c.n; i++)
		if (try_files_check(&files, c.items[i].file, rounds.runs, err) < 0)
			return -1;
	describe(rest->command, &asked);
	rounds.asked = asked.data;
	if (try_rounds(&rounds, &c, err) < 0 || try_judge(&rounds, &c, &trial, err) < 0)
		return -1;
	gate_trial(gate, &trial);
	if (try_out_write(&set->out, &trial, err) < 0)
		return -1;
	if (contenders_failed(&c))
		return err_set(err, STATUS_FAILED, "every variant failed: %.100s: %.500s", c.items[1].name,
			       c.items[1].error);
	return 0;
}

static int try_verb(const struct verb *verb, int argc, char *argv[], struct err *err)
{
	cleanup(settings_release) struct settings set = { .out = TRY_OUT_NONE };
	cleanup(gate_close) struct gate gate = GATE_NONE;
	struct operands rest;
	int r = options_parse(verb, argc, argv, &set, &rest, err);

	if (r != 0)
		return r;
	if (check_settings(verb, &set, &rest, err) < 0 || (!set.stacks && priv_give_up(PRIV_STACKS, err) < 0))
		return -1;
	ticks_guard();
	record_guard();
	if (try_out_open(&set.out, err) < 0 || gate_open(&gate, &set.gate, err) < 0)
		return -1;
	r = run_trial(&set, &rest, &gate, err);
	return gate_end(&gate, r, err);
}

const struct verb verb_try = {
	.name = "try",
	.summary = "a command as it is and with each change, same load, side by side",
	.synopsis = "[OPTIONS] --with VARIANT... --load CMD -- COMMAND ARGS...\n"
		    "[OPTIONS] --with VARIANT... -d TIME -- COMMAND ARGS...",
	.about = "Starts COMMAND as it is and with each variant, in turn, as often as --runs says,\n"
		 "and sets side by side what its pool shares, copies and costs. Noise is what the\n"
		 "runs differ by. That a variant took is seen from outside, in the pool itself;\n"
		 "cowtop-try(1) has the variants. Nothing that was started is left.",
	.exits = "0 done, 1 failed, 2 usage, 3 worse than --baseline,\n"
		 "4 no permission, 5 the command leaves no pool, 6 nothing forked",
	.options = try_options,
	.keeps = PRIV_EXACT | PRIV_STACKS,
	.lends = PRIV_DAC_OVERRIDE,
	.run = try_verb,
};
