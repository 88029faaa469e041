#include "cmd/options.h"

#include <getopt.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cmd/help.h"

enum {
	OPERAND = 1,   /* getopt_long(3): what a leading '-' in the short options makes of a word */
	LONG_ONLY = 256, /* long options return LONG_ONLY + row, above every letter */
};

/* Rows that every verb has. They set nothing: options_parse() answers them. */
const struct option_row common_options[] = {
	{ 'h', "help", NULL, "print this and exit", NULL },
	{ 'V', "version", NULL, "print the version and the libraries in use, and exit", NULL },
	{ 0 },
};

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
			.has_arg = rows->arg ? required_argument : no_argument,
			.val = LONG_ONLY + g->n,
		};
		if (rows->letter)
			g->shorts[at++] = rows->letter;
		if (rows->letter && rows->arg)
			g->shorts[at++] = ':';
	}
}

/* The row that getopt's return value stands for, or NULL. */
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

/* getopt found no such option, or one without its argument, or with one too many. */
static int bad_option(const struct verb *verb, const struct grammar *g, int found, const char *word,
		      struct err *err)
{
	const struct option_row *row = grammar_row(g, optopt);
	const char *space = *verb->name ? " " : "";

	if (found == ':' && row)
		return err_set(err, STATUS_USAGE, "--%s needs %s; see cowtop%s%s --help", row->name,
			       row->arg, space, verb->name);
	if (optopt >= LONG_ONLY && row)
		return err_set(err, STATUS_USAGE, "--%s takes no argument; see cowtop%s%s --help",
			       row->name, space, verb->name);
	if (optopt)
		return err_set(err, STATUS_USAGE, "unknown option -%c; see cowtop%s%s --help", optopt,
			       space, verb->name);
	return err_set(err, STATUS_USAGE, "unknown option %.100s; see cowtop%s%s --help", word, space,
		       verb->name);
}

static int take_operand(const struct verb *verb, char *word, struct operands *ret, struct err *err)
{
	if (!ret->target) {
		ret->target = word;
		return 0;
	}
	return err_set(err, STATUS_USAGE,
		       "one TARGET at most: '%.100s' is too many; a command to start stands after --; "
		       "see cowtop%s%s --help", word, *verb->name ? " " : "", verb->name);
}

int options_parse(const struct verb *verb, int argc, char *argv[], void *settings,
		  struct operands *ret, struct err *err)
{
	struct grammar g = { .shorts = "-:" };
	int found, at = 1;

	grammar_add(&g, verb->options);
	grammar_add(&g, common_options);
	*ret = (struct operands){0};
	opterr = 0;
	optind = 1;
	while (at = optind, (found = getopt_long(argc, argv, g.shorts, g.longs, NULL)) != -1) {
		const struct option_row *row = grammar_row(&g, found);

		if (found == OPERAND) {
			if (take_operand(verb, optarg, ret, err) < 0)
				return -1;
		} else if (!row) {
			return bad_option(verb, &g, found, argv[at], err);
		} else if (!row->set) {
			return (row->letter == 'h' ? help_print(verb, err) : version_print(err)) ?: 1;
		} else if (row->set(settings, optarg, err) < 0) {
			return -1;
		}
	}
	/* getopt ends at the end of the words, or behind a `--` that it has eaten. */
	if (at == optind)
		return 0;
	ret->command = argv + optind;
	if (optind == argc)
		return err_set(err, STATUS_USAGE, "-- needs a COMMAND to start");
	if (ret->target)
		return err_set(err, STATUS_USAGE, "TARGET or -- COMMAND, not both: '%.100s', '%.100s'",
			       ret->target, *ret->command);
	return 0;
}

int operands_no_command(const struct operands *o, struct err *err)
{
	if (o->command)
		return err_set(err, STATUS_USAGE, "this verb starts no COMMAND; see cowtop --help");
	return 0;
}

int operands_none(const struct operands *o, struct err *err)
{
	if (o->target)
		return err_set(err, STATUS_USAGE, "this verb takes no TARGET: '%.100s'; see cowtop --help",
			       o->target);
	return operands_no_command(o, err);
}
