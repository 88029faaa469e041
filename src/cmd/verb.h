#ifndef COWTOP_CMD_VERB_H
#define COWTOP_CMD_VERB_H

/*
 * A verb of the command line. To add one: a file cmd/NAME.c that defines its `struct verb`, a row
 * in main.c, and its manual and completions (man/cowtop-NAME.1, completions/); a test complains
 * about an option that one of the three does not have.
 */
#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"

struct option_row;

struct verb {
	const char *name;     /* "" for what runs without a verb */
	const char *summary;  /* one line, no full stop */
	const char *synopsis; /* lines of what follows the program and the verb */
	const char *about;    /* paragraphs of --help, each line at most 80 columns */
	const char *exits;    /* the exit statuses that this verb has */
	const struct option_row *options; /* ends with a row without a name */
	bool two_words;       /* a second operand is taken (operands.second) */

	/*
	 * `argv[0]` is the program or the verb. 0, or -1 with `err` filled; an empty message there
	 * means that the verb has said everything itself and only the status is left to hand on.
	 */
	int (*run)(const struct verb *verb, int argc, char *argv[], struct err *err);
};

extern const struct verb verb_sample, verb_pools, verb_doctor;
extern const struct verb verb_record, verb_mark;
extern const struct verb verb_replay, verb_report, verb_diff, verb_stacks;

/* All of them, the default one first. */
extern const struct verb *const verbs[];
extern const size_t nverbs;

/* The verb with this name, or NULL; "" is nobody's name. */
const struct verb *verb_find(const char *name);

#endif
