#include "cmd/options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/buf.h"
#include "base/cleanup.h"
#include "cmd/option_hint.h"
#include "cmd/option_value.h"

enum {
	OPERAND = 1,     /* getopt_long(3): what a leading '-' in the short options makes of a word */
	LONG_ONLY = 256, /* long options return LONG_ONLY + row, above every letter */
};

const struct option_row common_options[] = {
	{ 'h', "help", NULL, "print this and exit", .type = OPTION_HELP },
	{ 'V', "version", NULL, "print the version and the libraries in use, and exit",
	  .type = OPTION_VERSION },
	{ 0 },
};

static int has_argument(const struct option_row *row)
{
	if (!row->arg)
		return no_argument;
	return row->arg[0] == '[' ? optional_argument : required_argument;
}

struct grammar {
	const struct option_row *rows[32];
	struct option longs[33];
	char shorts[2 + 2 * 32 + 1];
	int n;
};

static void grammar_add(struct grammar *g, const struct option_row *rows)
{
	size_t at = strlen(g->shorts);

	for (; rows->name && g->n < 32; rows++, g->n++) {
		g->rows[g->n] = rows;
		g->longs[g->n] = (struct option){
			.name = rows->name,
			.has_arg = has_argument(rows),
			.val = LONG_ONLY + g->n,
		};
		if (rows->letter)
			g->shorts[at++] = rows->letter;
		if (rows->letter && rows->arg)
			g->shorts[at++] = ':';
	}
}

/* The row that this return value of getopt_long() stands for, or NULL. */
static const struct option_row *grammar_row(const struct grammar *g, int value)
{
	if (value >= LONG_ONLY)
		return value - LONG_ONLY < g->n ? g->rows[value - LONG_ONLY] : NULL;
	for (int i = 0; i < g->n; i++) {
		if (value && g->rows[i]->letter == value)
			return g->rows[i];
	}
	return NULL;
}

int usage_error(const struct verb *verb, struct err *err, const char *fmt, ...)
{
	char what[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return err_set(err, STATUS_USAGE, "%s; see cowtop%s%s --help", what, *verb->name ? " " : "",
		       verb->name);
}

/* Are there several options that begin so? */
static bool is_ambiguous(const struct grammar *g, const char *word)
{
	size_t len = strcspn(word + strspn(word, "-"), "=");
	int n = 0;

	if (strncmp(word, "--", 2) != 0)
		return false;
	for (int i = 0; i < g->n; i++)
		n += !strncmp(g->rows[i]->name, word + 2, len);
	return n > 1;
}

/* An option of a command that was given without the "--" in front of it. */
static void hint_command(const struct verb *verb, const struct operands *o, const char *word,
			 struct buf *hint)
{
	if (!hint->len && o->target && strstr(verb->synopsis, "-- COMMAND"))
		buf_printf(hint, "; to start a command: cowtop%s%s -- %.60s %.60s", *verb->name ? " " : "",
			   verb->name, o->target, word);
}

/* getopt found no such option, or one without its argument, or with one too many. */
static int bad_option(const struct verb *verb, const struct grammar *g, int found, const char *word,
		      const struct operands *before, struct err *err)
{
	const struct option_row *row = grammar_row(g, optopt);
	cleanup(buf_release) struct buf hint = { 0 };

	if (found == ':' && row)
		return usage_error(verb, err, "--%s needs %s", row->name, row->arg);
	if (optopt >= LONG_ONLY && row)
		return usage_error(verb, err, "--%s takes no argument", row->name);
	if (is_ambiguous(g, word))
		return usage_error(verb, err, "option %.100s may be more than one", word);
	buf_adds(&hint, "");
	option_hint(verb, word, &hint);
	hint_command(verb, before, word, &hint);
	/* of several letters in a word it is one */
	if (optopt && !(word[1] == optopt && option_is_single_dashed(verb, word)))
		return usage_error(verb, err, "unknown option -%c%s", optopt,
				   word[2] && hint.data[0] != ';' ? "" : hint.data);
	return usage_error(verb, err, "unknown option %.100s%s", word, hint.data);
}

/* A word of its own that names a file to write: who has left an operand out has given that one instead. */
static void note_taken(const struct option_row *row, const char *word, struct operands *ret)
{
	bool writes = row->arg && (!strcmp(row->arg, "OUT") || !strcmp(row->arg, "FILE"));

	if (!writes || optarg != word)
		return;
	ret->taken = word;
	ret->taker = row;
}

/* The argument of an option: "-duration" is -d with "uration" for one. */
static int take_value(const struct verb *verb, const struct option_row *row, const char *word,
		      const char *value, void *settings, struct err *err)
{
	int r = option_store(row, settings, value, err);

	if (r < 0 && option_is_single_dashed(verb, word))
		return usage_error(verb, err, "option %.100s has two dashes: -%.100s", word, word);
	return r;
}

/* Was the next word, which looks like an option or a pid, taken for the option's argument? */
static bool ate_word(const char *const *argv, const char *value)
{
	bool is_pid = value && *value && !value[strspn(value, "0123456789")];

	return value && optind > 1 && value == argv[optind - 1] && (is_pid || (value[0] == '-' && value[1]));
}

/* A text of several words is one word of a shell only in quotes. */
static int too_many(const struct verb *verb, const char *word, struct err *err)
{
	if (verb->two_words)
		return usage_error(verb, err,
				   "a TEXT of several words stands in quotes: '%.100s' is one too many",
				   word);
	return usage_error(verb, err, "one %s at most: '%.100s' is one too many",
			   strcmp(verb->synopsis, "[OPTIONS] FILE") == 0 ? "FILE" : "TARGET", word);
}

static int add_operand(const struct verb *verb, char *word, struct operands *ret, struct err *err)
{
	if (verb->many_words) {
		/* into the room of what was read already: options and words before it */
		ret->words[ret->nwords++] = word;
		return 0;
	}
	if (!ret->target)
		ret->target = word;
	else if (verb->two_words && !ret->second)
		ret->second = word;
	else
		return too_many(verb, word, err);
	return 0;
}

/*
 * Behind a `--`: the words of COMMAND. A verb of words starts none: there are the words that may begin
 * with a '-', or those of the second group.
 */
static int add_rest(const struct verb *verb, char **words, struct operands *ret, struct err *err)
{
	if (verb->two_words || verb->many_words) {
		for (; *words; words++)
			if (add_operand(verb, *words, ret, err) < 0)
				return -1;
		return 0;
	}
	ret->command = words;
	if (!*words)
		return usage_error(verb, err, "-- needs a COMMAND to start");
	if (ret->target)
		return usage_error(verb, err, "TARGET or -- COMMAND, not both: '%.100s'", ret->target);
	return 0;
}

int options_parse(const struct verb *verb, int argc, char *argv[], void *settings, struct operands *ret,
		  struct err *err)
{
	struct grammar g = { .shorts = "-:" };
	int found, at = 1, r;

	grammar_add(&g, verb->options);
	grammar_add(&g, common_options);
	*ret = (struct operands){ .words = argv + 1 };
	opterr = 0;
	optind = 1;
	while (at = optind, (found = getopt_long(argc, argv, g.shorts, g.longs, NULL)) != -1) {
		const struct option_row *row = grammar_row(&g, found == ':' ? optopt : found);
		const char *value = optarg;

		if (row && row->alone && (found == ':' || ate_word((const char *const *)argv, value))) {
			optind -= found != ':';
			found = 0;
			value = row->alone;
		}
		if (found == OPERAND)
			r = add_operand(verb, optarg, ret, err);
		else if (!row || found == ':')
			r = bad_option(verb, &g, found, argv[at], ret, err);
		else if (row->type == OPTION_HELP)
			r = VERB_HELP;
		else if (row->type == OPTION_VERSION)
			r = VERB_VERSION;
		else if (row->type == OPTION_LIST_KEYS)
			r = VERB_LIST_KEYS;
		else
			r = take_value(verb, row, argv[at], value, settings, err);
		if (r)
			return r;
		if (row)
			note_taken(row, argv[optind - 1], ret);
	}
	/* getopt ends at the end of the words, or behind a `--` that it has eaten. */
	ret->before = ret->nwords;
	return at == optind ? 0 : add_rest(verb, argv + optind, ret, err);
}

int operands_missing(const struct verb *verb, const struct operands *o, const char *what, struct err *err)
{
	if (o->taken)
		return usage_error(verb, err, "%s; '%.100s' was taken as %s of --%s", what, o->taken,
				   o->taker->arg, o->taker->name);
	return usage_error(verb, err, "%s", what);
}

int operands_no_command(const struct verb *verb, const struct operands *o, struct err *err)
{
	return o->command ? usage_error(verb, err, "this verb starts no COMMAND") : 0;
}

int operands_none(const struct verb *verb, const struct operands *o, struct err *err)
{
	if (o->target)
		return usage_error(verb, err, "this verb takes no TARGET: '%.100s'", o->target);
	return operands_no_command(verb, o, err);
}
