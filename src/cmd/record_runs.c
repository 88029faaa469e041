#include "cmd/record_runs.h"

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

int record_runs(struct record_settings *set, const struct operands *rest, struct err *err)
{
	cleanup(buf_release) struct buf name = { 0 };
	struct record_settings one = *set;
	enum status status = STATUS_OK;

	if (set->common.load)
		one.common.fail_if.samples = FAIL_IF_IN_LOAD;
	for (int64_t run = 1; run <= (set->runs ?: 1); run++) {
		if (set->runs)
			say("run %lld of %lld", (long long)run, (long long)set->runs);
		one.output = name_of(&name, set, run);
		if (record_once(&one, rest, err) < 0)
			return -1;
		if (fail_if_verdict(&one.common.fail_if, err) < 0)
			status = status == STATUS_FAILED ? status : err->status;
		if (run < set->runs && ticks_stopped())
			return err_set(err, STATUS_FAILED, "interrupted after %lld of %lld runs",
				       (long long)run, (long long)set->runs);
	}
	err->status = status;
	return status == STATUS_OK ? 0 : -1;
}
