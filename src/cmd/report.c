#include <string.h>
#include "base/cleanup.h"
#include "cmd/atomic_file.h"
#include "cmd/common_options.h"
#include "cmd/load_story.h"
#include "cmd/option_value.h"
#include "cmd/output.h"
#include "cmd/report_perfetto.h"
#include "sink/json_report.h"
#include "sink/report.h"

struct settings {
	bool json;
	const char *html, *perfetto;
	bool utc;
	struct story_request how;
};

#define SETTING(member) OPTION_MEMBER(struct settings, member)
/* clang-format off */
static const struct option_row report_options[] = {
	{ 0, "json", NULL, "one JSON document (cowtop.report/1)", OPTION_FLAG, SETTING(json) },
	{ 0, "html", "OUT", "a page with plots into OUT; - for stdout",
	  OPTION_WORD, SETTING(html) },
	{ 0, "perfetto", "OUT", "a trace for Perfetto and chrome://tracing into OUT",
	  OPTION_WORD, SETTING(perfetto) },
	{ 'b', "begin", "WHEN", "from then on: 14:30, '2026-11-21 14:30', +10m, -10m",
	  OPTION_CUSTOM, SETTING(how.span.begin), .set = option_when },
	{ 'e', "end", "WHEN", "up to then",
	  OPTION_CUSTOM, SETTING(how.span.end), .set = option_when },
	{ 0, "utc", NULL, COMMON_UTC, OPTION_FLAG, SETTING(utc) },
	{ 0, "map-at", "WHEN", "with --html: page map of then, not of the end",
	  OPTION_CUSTOM, SETTING(how.map_at), .set = option_when },
	{ 0 },
};
/* clang-format on */

static bool is_standard(const char *name)
{
	return name && strcmp(name, "-") == 0;
}

/* Something beside the trace is asked for, or no trace. */
static bool needs_story(const struct settings *set)
{
	return !set->perfetto || set->html || set->json;
}

static int print(const struct settings *set, const struct story *story, struct atomic_file *html,
		 struct err *err)
{
	cleanup(buf_release) struct buf page = { 0 }, out = { 0 };

	if (set->html) {
		report_html(&page, story);
		if (atomic_file_write(html, &page, err) < 0)
			return -1;
	}
	if (set->json)
		json_report(&out, story, true);
	else if (!set->html && !set->perfetto)
		report_text(&out, story, output_columns());
	return output_write(&out, err);
}

static int report_run(const struct verb *verb, int argc, char *argv[], struct err *err)
{
	cleanup(story_release) struct story story = { 0 };
	cleanup(recording_input_release) struct recording_input in = RECORDING_INPUT_NONE;
	cleanup(atomic_file_release) struct atomic_file html = ATOMIC_FILE_NONE;
	struct settings set = { 0 };
	struct operands rest;
	int r = options_parse(verb, argc, argv, &set, &rest, err);

	if (r != 0)
		return r;
	if (operands_no_command(verb, &rest, err) < 0)
		return -1;
	if (!rest.target)
		return operands_missing(verb, &rest, "a recording is needed: FILE, or - for stdin", err);
	if (set.json + is_standard(set.html) + is_standard(set.perfetto) > 1)
		return usage_error(verb, err,
				   "--json, --html - and --perfetto - write standard output: one of them");
	if (set.perfetto && needs_story(&set) && is_standard(rest.target))
		return usage_error(verb, err,
				   "standard input is read once: --perfetto without --json and --html");
	if (set.how.map_at.kind != WHEN_OPEN && !set.html)
		return usage_error(verb, err, "only a page has page maps: --map-at goes with --html");
	set.how.maps = set.html != NULL;
	set.how.stacks = true;
	set.how.span.zone = common_zone(set.utc);
	/* of a trace and a story each reads the recording for itself */
	if ((needs_story(&set) && recording_input_open(&in, rest.target, err) < 0) ||
	    (set.html && atomic_file_open(&html, set.html, err) < 0) ||
	    (set.perfetto && report_perfetto(rest.target, &set.how.span, set.perfetto, err) < 0))
		return -1;
	if (!needs_story(&set))
		return 0;
	if (load_story(&in, &set.how, &story, err) < 0)
		return -1;
	return print(&set, &story, &html, err);
}

const struct verb verb_report = {
	.name = "report",
	.summary = "the story of a recording: a page of text, JSON, or HTML with plots",
	.synopsis = "[OPTIONS] FILE",
	.about = "Tells what a recording shows: what the workers could share, what they lost and\n"
		 "when, how it goes on, what a collection costs. Needs no privilege.",
	.exits = "0 done, 1 failed, 2 usage, 4 no permission, 5 no such file",
	.options = report_options,
	.lends = PRIV_DAC_READ_SEARCH | PRIV_DAC_OVERRIDE,
	.run = report_run,
};
