#include <stdio.h>
#include <string.h>
#include "analysis/compare.h"
#include "analysis/standing.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "cmd/atomic_file.h"
#include "cmd/common_options.h"
#include "cmd/gate.h"
#include "cmd/option_value.h"
#include "cmd/output.h"
#include "cmd/stories.h"
#include "sink/compare.h"
#include "sink/json_report.h"

struct settings {
	bool json;
	const char *html;
	struct atomic_file html_file;
	bool utc;
	struct story_request how;
	struct fail_if fail_if;
	struct gate_settings gate;
	struct requests {
		int64_t a, b; /* 0: not given */
	} requests;
};

static int set_requests(void *member, const char *value, struct err *err)
{
	struct requests *to = member;
	const char *comma = strchr(value, ',');
	char a[24];

	snprintf(a, sizeof(a), "%.*s", (int)(comma ? comma - value : 23), value);
	if (units_parse_int(a, 1, INT32_MAX, &to->a) < 0 ||
	    units_parse_int(comma ? comma + 1 : a, 1, INT32_MAX, &to->b) < 0)
		return err_set(err, STATUS_USAGE, "--requests '%.100s': not a number from 1 on, nor two, A,B",
			       value);
	return 0;
}

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
	{ 0, "requests", "N[,N]", "each run made N (of B the second N): figures of one",
	  OPTION_CUSTOM, SETTING(requests), .set = set_requests },
	{ 0, "fail-if", "EXPR", "exit 3 if EXPR holds: 'diff.KEY > NUMBER'",
	  OPTION_CUSTOM, SETTING(fail_if), .set = option_diff_rule },
	OPTION_LIST_KEYS_ROW,
	GATE_FILE_ROWS(struct settings),
	GATE_MARKDOWN_ROW(struct settings),
	{ 0 },
};
/* clang-format on */

static void settings_release(struct settings *set)
{
	atomic_file_release(&set->html_file);
	fail_if_release(&set->fail_if);
	gate_settings_release(&set->gate);
}

static int print(struct settings *set, const struct comparison *c, const char *a, const char *b,
		 struct err *err)
{
	cleanup(buf_release) struct buf page = { 0 }, out = { 0 };

	if (set->html) {
		compare_html(&page, c, a, b);
		if (atomic_file_write(&set->html_file, &page, err) < 0)
			return -1;
	}
	if (set->json)
		json_comparison(&out, c, true);
	else if (!set->html)
		compare_text(&out, c, a, b, output_columns());
	return output_write(&out, err);
}

/* "a.1.ct and 2 more" */
static const char *name_of(struct buf *out, const char *const *paths, size_t n)
{
	buf_printf(out, "%s", paths[0]);
	if (n > 1)
		buf_printf(out, " and %zu more", n - 1);
	return out->data;
}

/* What rules say of the difference, and how B stands. */
static int judge(struct settings *set, const struct compare_runs *b, const struct comparison *c,
		 struct gate *gate, struct err *err)
{
	struct standing now;
	int r;

	standing_of_runs(b, &now);
	gate_standing(gate, &now);
	fail_if_check_diff(&set->fail_if, c);
	r = fail_if_verdict(&set->fail_if, err);
	gate_rules(gate, &set->fail_if);
	return r;
}

static int compare(struct settings *set, const struct operands *o, struct gate *gate, struct err *err)
{
	cleanup(stories_release) struct stories a = { 0 };
	cleanup(stories_release) struct stories b = { 0 };
	cleanup(buf_release) struct buf name_a = { 0 }, name_b = { 0 };
	size_t na = o->before == 2 && o->nwords == 2 ? 1 : o->before ?: 1;
	size_t nb = o->nwords - na;
	const char *const *paths = (const char *const *)o->words;
	struct compare_runs of_a, of_b;
	struct comparison c;

	name_of(&name_a, paths, na);
	gate_pool(gate, name_of(&name_b, paths + na, nb));
	/* What is read may not do what is needed to open it: all of them are open before the first is read. */
	if (stories_open(paths, na, &a, err) < 0 || stories_open(paths + na, nb, &b, err) < 0 ||
	    (set->html && atomic_file_open(&set->html_file, set->html, err) < 0) ||
	    stories_read(&a, &set->how, err) < 0 || stories_read(&b, &set->how, err) < 0)
		return -1;
	of_a = stories_runs(&a, set->requests.a);
	of_b = stories_runs(&b, set->requests.b);
	compare_runs(&of_a, &of_b, &c);
	if (print(set, &c, name_a.data, name_b.data, err) < 0)
		return -1;
	return judge(set, &of_b, &c, gate, err);
}

/* A B; or A... -- B..., as many as two of each at the least, or one of each. */
static int check_words(const struct verb *verb, const struct operands *o, struct err *err)
{
	size_t after = o->nwords - o->before, stdins = 0;

	for (size_t i = 0; i < o->nwords; i++)
		stdins += strcmp(o->words[i], "-") == 0;
	if (stdins > 1)
		return usage_error(verb, err, "only one of them can come from stdin");
	if (o->nwords == 2 && o->before != 1)
		return 0;
	if (o->before && after) {
		if ((o->before > 1) != (after > 1))
			return usage_error(verb, err,
					   "two runs a side at the least: the noise is what runs differ by");
		return 0;
	}
	if (o->nwords < 2)
		return operands_missing(verb, o, "two recordings are needed: A B", err);
	return usage_error(verb, err, "which runs are B's? A... -- B...");
}

/* What writes a document to stdout. */
static const char *prints(const struct settings *set)
{
	bool page = set->html && strcmp(set->html, "-") == 0;

	return set->json ? "--json" : page ? "--html -" : NULL;
}

static int diff_run(const struct verb *verb, int argc, char *argv[], struct err *err)
{
	cleanup(settings_release) struct settings set = { .html_file = ATOMIC_FILE_NONE };
	cleanup(gate_close) struct gate gate = GATE_NONE;
	struct operands rest;
	int r = options_parse(verb, argc, argv, &set, &rest, err);

	if (r != 0)
		return r;
	if (check_words(verb, &rest, err) < 0)
		return -1;
	if (set.json && set.html && strcmp(set.html, "-") == 0)
		return usage_error(verb, err, "--json and --html - both write standard output");
	if (gate_check(verb, &set.gate, prints(&set), err) < 0 || gate_open(&gate, &set.gate, err) < 0)
		return -1;
	set.how.span.zone = common_zone(set.utc);
	r = compare(&set, &rest, &gate, err);
	return gate_end(&gate, r, err);
}

const struct verb verb_diff = {
	.name = "diff",
	.summary = "two recordings side by side, and whether the difference is noise",
	.synopsis = "[OPTIONS] A B\n"
		    "[OPTIONS] A1 A2... -- B1 B2...",
	.about = "Compares what a worker shares, copies, gets and grows by in two recordings: a\n"
		 "pool before and after a change. A difference within noise is called so; of\n"
		 "several runs a side (cowtop record --runs) the noise is what they differ by.\n"
		 "Needs no privilege.",
	.exits = "0 done, 1 failed, 2 usage, 3 a --fail-if condition held,\n"
		 "4 no permission, 5 no such file",
	.options = diff_options,
	.many_words = true,
	.lends = PRIV_DAC_READ_SEARCH | PRIV_DAC_OVERRIDE,
	.run = diff_run,
};
