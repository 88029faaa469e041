/*
 * A command line: words that end in NULs, for a verb with an option of each type. What is accepted is in the bounds of
 * its row; what is not is an error of usage, which says so. The first byte says how many words the verb takes.
 */
#include <getopt.h>
#include <math.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cmd/gate_options.h"
#include "cmd/option_hint.h"
#include "cmd/option_value.h"
#include "cmd/options.h"
#include "fuzz.h"

#define WORDS 64

struct settings {
	bool flag;
	int choice;
	const char *word;
	int32_t number;
	uint64_t size;
	int64_t time;
	struct option_wait wait;
	struct ready ready;
	struct when begin;
	double budget;
	struct fail_if rules;
	struct gate_settings gate;
};

#define SETTING(member) OPTION_MEMBER(struct settings, member)

static const struct option_row rows[] = {
	{ 'f', "force", NULL, "", OPTION_FLAG, SETTING(flag) },
	{ 'j', "json", NULL, "", OPTION_CHOICE, SETTING(choice), .choice = 1, .wrong = "one of two" },
	{ 'c', "csv", NULL, "", OPTION_CHOICE, SETTING(choice), .choice = 2, .wrong = "one of two" },
	{ 'o', "output", "FILE", "", OPTION_WORD, SETTING(word) },
	{ 'n', "count", "N", "", OPTION_NUMBER, SETTING(number), .least = 1, .most = INT32_MAX },
	{ 's', "size", "SIZE", "", OPTION_SIZE, SETTING(size), .least = 4096, .wrong = "no size" },
	{ 'i', "interval", "TIME", "", OPTION_TIME, SETTING(time), .least = 100 * MILLISECOND,
	  .wrong = "short" },
	{ 0, "wait", "[TIME]", "", OPTION_CUSTOM, SETTING(wait), .set = option_wait },
	{ 0, "ready", "URL", "", OPTION_CUSTOM, SETTING(ready), .set = option_ready },
	{ 'b', "begin", "TIME", "", OPTION_CUSTOM, SETTING(begin), .set = option_when },
	{ 0, "budget", "PERCENT", "", OPTION_CUSTOM, SETTING(budget), .set = option_budget, .alone = "5" },
	{ 0, "fail-if", "EXPR", "", OPTION_CUSTOM, SETTING(rules), .set = option_rule },
	GATE_FILE_ROWS(struct settings),
	GATE_BASELINE_ROWS(struct settings),
	{ 0 },
};

static void check_settings(const struct settings *s)
{
	must(s->choice >= 0 && s->choice <= 2);
	must(s->number >= 0 && (!s->size || (s->size >= 4096 && s->size <= INT64_MAX)));
	must(!s->time || (s->time >= 100 * MILLISECOND && s->time <= OPTION_TIME_MOST));
	must(s->wait.ns >= 0 && s->wait.ns <= OPTION_TIME_MOST && s->ready.after_ns >= 0);
	must(s->budget == -1 || (s->budget >= 0 && s->budget <= 1));
	must(isfinite(s->gate.tolerance.part) && s->gate.tolerance.part >= 0);
	for (size_t i = 0; i < s->rules.n; i++)
		must(s->rules.items[i].rule.field);
}

static void check_operands(const struct verb *verb, const struct operands *o, int argc)
{
	if (verb->many_words)
		must(o->nwords < (size_t)argc && o->before <= o->nwords && !o->command);
	else if (verb->two_words)
		must((!o->second || o->target) && !o->command);
	else
		must(!o->second && !(o->command && o->target) && (!o->command || *o->command));
	for (size_t i = 0; i < o->nwords; i++)
		must(o->words[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char name[] = "cowtop";
	char *argv[WORDS + 1] = { name };
	cleanup_free char *text = NULL;
	struct verb verb = { .name = "", .synopsis = "-- COMMAND", .options = rows };
	struct settings set = { 0 };
	struct operands rest;
	struct err err = { 0 };
	int argc = 1, r;

	if (!size)
		return 0;
	verb.two_words = *data & 1;
	verb.many_words = *data & 2;
	text = xmemdupz(data + 1, size - 1);
	for (size_t at = 0; argc < WORDS && at < size - 1; at += strlen(text + at) + 1)
		argv[argc++] = text + at;
	/* getopt(3): what it holds of the command line before is forgotten. */
	optind = 0;
	must(getopt_long(1, argv, "", NULL, NULL) == -1);
	r = options_parse(&verb, argc, argv, &set, &rest, &err);
	must(r >= -1 && r <= VERB_LIST_KEYS);
	if (r < 0) {
		must(err.status == STATUS_USAGE && *err.msg);
	} else {
		check_settings(&set);
		if (r == 0)
			check_operands(&verb, &rest, argc);
	}
	fail_if_release(&set.rules);
	gate_settings_release(&set.gate);
	return 0;
}
