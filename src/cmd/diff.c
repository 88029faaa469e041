#include <string.h>
#include "analysis/compare.h"
#include "base/cleanup.h"
#include "cmd/atomic_file.h"
#include "cmd/common_options.h"
#include "cmd/load_story.h"
#include "cmd/option_value.h"
#include "cmd/output.h"
#include "sink/compare.h"
#include "sink/json_report.h"

struct settings {
	bool json;
	const char *html;
	bool utc;
	struct story_request how;
	struct fail_if fail_if;
};

#define SETTING(member) OPTION_MEMBER(struct settings, member)
/* clang-format off */
static const struct option_row diff_options[] = {
	{ 0, "json", NULL, "one JSON document (cowtop.diff/1)", OPTION_FLAG, SETTING(json) },
	{ 0, "html", "OUT", "a page with plots into OUT; - for stdout",
	  OPTION_WORD, SETTING(html) },
	{ 'b', "begin", "WHEN", "of both: from then on; 14:30, +10m, -10m",
	  OPTION_CUSTOM, SETTING(how.span.begin), .set = option_when },
	{ 'e', "end", "WHEN", "of both: up to then",
	  OPTION_CUSTOM, SETTING(how.span.end), .set = option_when },
	{ 0, "utc", NULL, COMMON_UTC, OPTION_FLAG, SETTING(utc) },
	{ 0, "fail-if", "EXPR", "exit 3 if EXPR holds: 'diff.KEY > NUMBER'",
	  OPTION_CUSTOM, SETTING(fail_if), .set = option_diff_rule },
	{ 0 },
};
/* clang-format on */

static void settings_release(struct settings *set)
{
	fail_if_release(&set->fail_if);
}

static int print(const struct settings *set, const struct comparison *c, const char *a, const char *b,
		 struct err *err)
{
	cleanup(buf_release) struct buf page = { 0 }, out = { 0 };

	if (set->html) {
		compare_html(&page, c, a, b);
		if (atomic_file_put(set->html, &page, err) < 0)
			return -1;
	}
	if (set->json)
		json_comparison(&out, c, true);
	else if (!set->html)
		compare_text(&out, c, a, b, output_columns());
	return output_write(&out, err);
}

static int compare(struct settings *set, const char *path_a, const char *path_b, struct err *err)
{
	cleanup(story_release) struct story a = { 0 };
	cleanup(story_release) struct story b = { 0 };
	struct comparison c;

	if (load_story(path_a, &set->how, &a, err) < 0 || load_story(path_b, &set->how, &b, err) < 0)
		return -1;
	compare_stories(&a, &b, &c);
	if (print(set, &c, path_a, path_b, err) < 0)
		return -1;
	fail_if_check_diff(&set->fail_if, &c);
	return fail_if_verdict(&set->fail_if, err);
}

static int diff_run(const struct verb *verb, int argc, char *argv[], struct err *err)
{
	cleanup(settings_release) struct settings set = { 0 };
	struct operands rest;
	int r = options_parse(verb, argc, argv, &set, &rest, err);

	if (r != 0)
		return r;
	if (!rest.second)
		return usage_error(verb, err, "two recordings are needed: A B");
	if (set.json && set.html && strcmp(set.html, "-") == 0)
		return usage_error(verb, err, "--json and --html - both write standard output");
	if (strcmp(rest.target, "-") == 0 && strcmp(rest.second, "-") == 0)
		return usage_error(verb, err, "only one of the two can come from stdin");
	set.how.span.zone = common_zone(set.utc);
	return compare(&set, rest.target, rest.second, err);
}

const struct verb verb_diff = {
	.name = "diff",
	.summary = "two recordings side by side, and whether the difference is noise",
	.synopsis = "[OPTIONS] A B",
	.about = "Compares what a worker shares, copies, gets and grows by in two recordings: a\n"
		 "pool before and after a change. A difference within noise is called so.\n"
		 "Needs no privilege.",
	.exits = "0 done, 1 failed, 2 usage, 3 a --fail-if condition held,\n"
		 "4 no permission, 5 no such file",
	.options = diff_options,
	.two_words = true,
	.run = diff_run,
};
