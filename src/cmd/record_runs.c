#include "cmd/record_runs.h"

#include <stdio.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cmd/output.h"
#include "cmd/record_rotate.h"
#include "cmd/record_series.h"
#include "cmd/ticks.h"

/* The file of a run, counted from 1; of one alone as it was given. */
static const char *name_of(struct buf *out, const struct record_settings *set, int64_t run)
{
	const char *suffix = record_suffix(set->output);

	if (!set->runs)
		return set->output;
	buf_reset(out);
	buf_printf(out, "%.*s.%lld%s", (int)(suffix - set->output), set->output, (long long)run, suffix);
	return out->data;
}

int record_runs_check(const struct record_settings *set, struct err *err)
{
	cleanup(buf_release) struct buf name = { 0 };
	struct record_settings one = *set;

	for (int64_t run = 1; run <= (set->runs ?: 1); run++) {
		one.output = name_of(&name, set, run);
		if (record_series_check(&one, err) < 0)
			return -1;
	}
	return 0;
}

/* TARGET, or the words of COMMAND in a line. */
static const char *describe(const struct operands *rest, struct buf *text)
{
	if (!rest->command)
		return rest->target;
	for (char **word = rest->command; *word; word++)
		buf_printf(text, "%s%s", text->len ? " " : "", *word);
	return text->data;
}

static int record_once(struct record_settings *set, const struct operands *rest, struct err *err)
{
	const struct run_how how = {
		.series = !set->common.load,
		.wait = set->common.wait.on,
		.wait_ns = set->common.wait.ns,
		.ready = &set->common.ready,
	};
	cleanup(run_close) struct run run = RUN_NONE;
	cleanup(buf_release) struct buf asked = { 0 };

	if (run_open(&run, rest, &how, err) < 0)
		return -1;
	return record_run(set, &run, describe(rest, &asked), err);
}

/* A run, what rules say of it, and what the gate keeps. */
static int run_and_judge(struct record_settings *set, const struct operands *rest, const char *name,
			 struct err *err)
{
	int r;

	gate_pool(set->judge, name);
	if (record_once(set, rest, err) < 0)
		return -1;
	r = fail_if_verdict(&set->common.fail_if, err);
	gate_rules(set->judge, &set->common.fail_if);
	return r;
}

static int run_all(struct record_settings *set, const struct operands *rest, struct err *err)
{
	cleanup(buf_release) struct buf name = { 0 };
	struct record_settings one = *set;
	enum status status = STATUS_OK;
	char title[64];

	if (set->common.load)
		one.common.fail_if.samples = FAIL_IF_IN_LOAD;
	for (int64_t run = 1; run <= (set->runs ?: 1); run++) {
		snprintf(title, sizeof(title), "run %lld of %lld", (long long)run, (long long)set->runs);
		if (set->runs)
			say("%s", title);
		one.output = name_of(&name, set, run);
		if (run_and_judge(&one, rest, set->runs ? title : NULL, err) < 0) {
			if (*err->msg)
				return -1;
			status = status == STATUS_FAILED ? status : err->status;
		}
		if (run < set->runs && ticks_stopped())
			return err_set(err, STATUS_FAILED, "interrupted after %lld of %lld runs",
				       (long long)run, (long long)set->runs);
	}
	err->status = status;
	return status == STATUS_OK ? 0 : -1;
}

/* What the gate compares is all that was recorded, where that can be read again. */
static int read_again(const struct record_settings *set, struct err *err)
{
	static const struct story_request all;
	size_t n = (size_t)(set->runs ?: 1), i;
	cleanup_free struct buf *names = NULL;
	cleanup_free const char **paths = NULL;
	int r;

	if (set->rotate_ns || strcmp(set->output, "-") == 0)
		return 0;
	names = xcalloc(n, sizeof(*names));
	paths = xcalloc(n, sizeof(*paths));
	for (i = 0; i < n; i++)
		paths[i] = name_of(&names[i], set, (int64_t)i + 1);
	r = gate_recordings(set->judge, paths, n, &all, err);
	for (i = 0; i < n; i++)
		buf_release(&names[i]);
	return r;
}

int record_runs(struct record_settings *set, const struct operands *rest, struct err *err)
{
	cleanup(gate_close) struct gate gate = GATE_NONE;
	cleanup(on_event_closep) struct on_event *events = NULL;
	int r;

	if (gate_open(&gate, &set->gate, err) < 0)
		return -1;
	set->judge = &gate;
	if (set->on_event)
		set->events = events = on_event_open(set->on_event);
	r = run_all(set, rest, err);
	on_event_finish(events);
	if (r == 0 || !*err->msg)
		r = read_again(set, err) < 0 ? -1 : r;
	return gate_end(&gate, r, err);
}
