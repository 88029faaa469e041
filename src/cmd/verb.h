#ifndef COWTOP_CMD_VERB_H
#define COWTOP_CMD_VERB_H

/*
 * A verb of the command line. To add one: a file cmd/NAME.c that defines its `struct verb`, its name
 * in VERBS, and its manual and completions (man/cowtop-NAME.1, completions/); a test complains
 * about an option that one of the three does not have.
 */
#include <stdbool.h>
#include "base/err.h"
#include "sys/priv.h"

/* The verbs that have a name, in the order of --help. */
#define VERBS(X) \
	X(pools) X(record) X(mark) X(replay) X(report) X(diff) X(why) X(try) X(stacks) X(export) X(doctor)

struct option_row;

struct verb {
	const char *name;                 /* "" for what runs without a verb */
	const char *summary;              /* one line, no full stop */
	const char *synopsis;             /* lines of what follows the program and the verb */
	const char *about;                /* paragraphs of --help, each line at most 80 columns */
	const char *exits;                /* the exit statuses that this verb has */
	const struct option_row *options; /* ends with a row without a name */
	bool two_words;                   /* a second operand is taken (operands.second) */
	bool many_words;                  /* any number of them, in two groups (operands.words) */

	/*
	 * What it needs beyond an ordinary user's rights, sets of enum priv: all the time, and where it opens files
	 * that the user has named. 0: what privilege there is, it gives up (sys/priv.h). Of these a verb gives up
	 * itself what the options at hand do not need (priv_give_up()). The table of cowtop-security(7) has the same.
	 */
	unsigned keeps, lends;
	/* What of the kept a program that it starts without a COMMAND may have: all else leaves the bounding set. */
	unsigned hands;

	/*
	 * `argv[0]` is the program or the verb. 0; VERB_HELP, VERB_VERSION or VERB_LIST_KEYS when that was asked for,
	 * which main() answers; or -1 with `err` filled: an empty message there means that the verb has said
	 * everything itself and only the status is left to hand on.
	 */
	int (*run)(const struct verb *verb, int argc, char *argv[], struct err *err);
};

enum { VERB_HELP = 1, VERB_VERSION, VERB_LIST_KEYS };

/* What runs without a verb. */
extern const struct verb verb_sample;
#define VERB_DECLARATION(name) extern const struct verb verb_##name;
VERBS(VERB_DECLARATION)
#undef VERB_DECLARATION

#endif
