#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "cmd/common_options.h"
#include "cmd/config.h"
#include "cmd/documents.h"
#include "cmd/gate.h"
#include "cmd/live.h"
#include "cmd/live_player.h"
#include "cmd/output.h"
#include "cmd/recording.h"
#include "cmd/ticks.h"
#include "cmd/time_range.h"

struct settings {
	struct common_settings common;
	enum document_form form;
	struct when_span span;
	struct gate_settings gate;
};

/* A recording that is written as documents, and judged. */
struct replaying {
	struct settings *set;
	struct recording *recording;
	struct documents docs;
	struct gate gate;
};

static void settings_release(struct settings *set)
{
	common_release(&set->common);
	gate_settings_release(&set->gate);
}

#define SETTING(member) OPTION_MEMBER(struct settings, member)
static const struct option_row replay_options[] = {
	{ 'b', "begin", "TIME", "from TIME on: 14:30, '2026-11-21 14:30', +10m, -1h", OPTION_CUSTOM,
	  SETTING(span.begin), .set = option_when },
	{ 'e', "end", "TIME", "up to TIME", OPTION_CUSTOM, SETTING(span.end), .set = option_when },
	{ 0, "utc", NULL, COMMON_UTC, OPTION_FLAG, SETTING(common.utc) },
	{ 0, "json", NULL, "one JSON document a sample and line", OPTION_CHOICE, SETTING(form),
	  .choice = DOCUMENT_JSON, .wrong = DOCUMENTS_ONE_FORM },
	{ 0, "csv", NULL, "rows of CSV, of the pool and of each process", OPTION_CHOICE, SETTING(form),
	  .choice = DOCUMENT_CSV, .wrong = DOCUMENTS_ONE_FORM },
	{ 'n', "count", "N", "N samples at most", OPTION_NUMBER, SETTING(common.count), .least = 1,
	  .most = INT32_MAX },
	{ 'i', "interval", "SECONDS", "one sample in so much recorded time", OPTION_TIME,
	  SETTING(common.interval_ns) },
	{ 0, "fail-if", "EXPR", "exit 3 if EXPR holds in the last sample; repeatable", OPTION_CUSTOM,
	  SETTING(common.fail_if), .set = option_rule },
	OPTION_LIST_KEYS_ROW,
	GATE_BASELINE_ROWS(struct settings),
	GATE_FILE_ROWS(struct settings),
	GATE_MARKDOWN_ROW(struct settings),
	{ 0, "no-color", NULL, "no colours in the view", OPTION_FLAG, SETTING(common.no_color) },
	{ 0, "no-mouse", NULL, "leave the mouse to the terminal", OPTION_FLAG, SETTING(common.no_mouse) },
	{ 0 },
};

/* Does the user want samples one by one, not a look at the recording? */
static bool is_series(const struct settings *set)
{
	return set->form != DOCUMENT_TABLE || set->common.count || set->common.interval_ns;
}

static int write_view(struct replaying *r, const struct sample_view *m, struct err *err)
{
	fail_if_check(&r->set->common.fail_if, &m->snap);
	gate_keep(&r->gate, &m->snap);
	return documents_write(&r->docs, &m->snap, err);
}

static int write_series(struct replaying *r, struct err *err)
{
	int got = 1;

	recording_thin(r->recording, r->set->common.interval_ns);
	while (got > 0 && (!r->docs.written || r->docs.written != r->set->common.count)) {
		cleanup(sample_view_release) struct sample_view m = { 0 };

		got = recording_await(r->recording, &m, err);
		if (got > 0 && write_view(r, &m, err) < 0)
			return -1;
	}
	return got < 0 ? -1 : 0;
}

/* The last one, with what was counted over all of them. */
static int write_last_of_run(struct replaying *r, struct err *err)
{
	cleanup(sample_view_release) struct sample_view last = { 0 };
	int got;

	for (;;) {
		struct sample_view m = { 0 };

		got = recording_await(r->recording, &m, err);
		if (got <= 0)
			break;
		sample_view_release(&last);
		last = m;
		snapshot_borrow(&last.snap, &last.sample);
	}
	if (got < 0 || !last.snap.facts)
		return got;
	return write_view(r, &last, err);
}

static int write_last(struct replaying *r, struct err *err)
{
	cleanup(sample_view_release) struct sample_view m = { 0 };
	int got = recording_await_all(r->recording, err);

	if (got == 0)
		got = recording_jump_time(r->recording, INT64_MAX, NULL, NULL, &m, err);
	if (got > 0)
		got = write_view(r, &m, err);
	return got < 0 ? -1 : 0;
}

static int write_documents(struct replaying *r, const char *path, struct err *err)
{
	struct settings *set = r->set;
	int e;

	set->common.fail_if.samples = FAIL_IF_RECORDED;
	if (is_series(set))
		e = write_series(r, err);
	else if (fail_if_is_of_run(&set->common.fail_if))
		e = write_last_of_run(r, err);
	else
		e = write_last(r, err);
	if (e == 0 && !r->docs.written)
		return time_range_none(path, &set->span, recording_info(r->recording), err);
	return e;
}

/* All of the part is compared, where it can be read again: a pipe has but its last sample left. */
static int read_again(struct replaying *r, const char *path, struct err *err)
{
	const struct story_request how = { .span = r->set->span };

	return strcmp(path, "-") == 0 ? 0 : gate_recordings(&r->gate, &path, 1, &how, err);
}

static int write_and_judge(struct settings *set, struct recording *recording, const char *path,
			   struct err *err)
{
	struct replaying r = {
		.set = set,
		.recording = recording,
		.docs = { .form = set->form, .series = true, .zone = set->span.zone },
		.gate = GATE_NONE,
	};
	int e = gate_open(&r.gate, &set->gate, err);

	if (e == 0) {
		gate_pool(&r.gate, NULL);
		e = write_documents(&r, path, err);
		if (e == 0)
			e = read_again(&r, path, err);
		if (e == 0) {
			e = fail_if_verdict(&set->common.fail_if, err);
			gate_rules(&r.gate, &set->common.fail_if);
		}
		e = gate_end(&r.gate, e, err);
	}
	gate_close(&r.gate);
	return e;
}

/* A recording that comes through a pipe leaves no stdin for the keys: the terminal is asked for them. */
static void take_keys_from_terminal(const char *path)
{
	int fd = strcmp(path, "-") == 0 && isatty(STDOUT_FILENO) ? open("/dev/tty", O_RDWR | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	dup2(fd, STDIN_FILENO);
	close(fd);
}

/* Neither documents nor a verdict are asked for, and there is a terminal. */
static bool wants_view(const struct settings *set, const char *path)
{
	if (is_series(set) || set->common.fail_if.n || gate_is_wanted(&set->gate))
		return false;
	take_keys_from_terminal(path);
	return live_possible();
}

static int play(const struct settings *set, struct recording *r, const char *path, struct err *err)
{
	ticks_guard();
	return player_run(r, path, common_color(&set->common), !set->common.no_mouse, &set->span, err);
}

static int replay_run(const struct verb *verb, int argc, char *argv[], struct err *err)
{
	cleanup(settings_release) struct settings set = { 0 };
	cleanup(recording_input_release) struct recording_input in = RECORDING_INPUT_NONE;
	cleanup(recording_closep) struct recording *recording = NULL;
	struct operands rest;
	bool view;
	int r = options_parse(verb, argc, argv, &set, &rest, err);

	if (r != 0)
		return r;
	if (operands_no_command(verb, &rest, err) < 0)
		return -1;
	if (!rest.target)
		return operands_missing(verb, &rest, "a recording is needed: FILE, or - for stdin", err);
	if (gate_check(verb, &set.gate, documents_option(set.form), err) < 0)
		return -1;
	set.span.zone = common_zone(set.common.utc);
	if (recording_input_open(&in, rest.target, err) < 0)
		return -1;
	/* the keys come from a terminal that is opened before the recording is read, and settings may be saved */
	view = wants_view(&set, rest.target);
	if (view)
		config_allow();
	if (recording_begin(&in, &set.span, &recording, err) < 0)
		return -1;
	if (view)
		return play(&set, recording, rest.target, err);
	return write_and_judge(&set, recording, rest.target, err);
}

const struct verb verb_replay = {
	.name = "replay",
	.summary = "a recording as if it happened now: the live view, tables, JSON, CSV",
	.synopsis = "[OPTIONS] FILE",
	.about = "Plays a recording made with cowtop record: on a terminal in the live view, where\n"
		 "? lists the keys; elsewhere, or with -n, -i, --json, --csv or a rule, as what\n"
		 "cowtop would have printed then. Needs no privilege. FILE - is standard input.",
	.exits = "0 done, 1 failed, 2 usage, 3 a --fail-if condition held, or worse\n"
		 "than --baseline, 4 no permission, 5 no such file",
	.options = replay_options,
	.lends = PRIV_DAC_READ_SEARCH | PRIV_DAC_OVERRIDE,
	.run = replay_run,
};
