#ifndef COWTOP_CMD_OPTIONS_H
#define COWTOP_CMD_OPTIONS_H

/*
 * The options of a verb as one table. getopt_long(3), --help and the test that compares the manual
 * and the completions with --help are all fed from it.
 */
#include "base/err.h"
#include "cmd/verb.h"

struct option_row {
	char letter;      /* 0: there is only the long form */
	const char *name; /* the long form without its dashes; NULL ends the table */
	const char *arg;  /* what --help calls its argument; NULL: it takes none;
	                   * in brackets it may be left out, and otherwise follows a '=' */
	const char *help;
	/* Take the option into the verb's own settings; `value` is NULL without an argument. */
	int (*set)(void *settings, const char *value, struct err *err);
};

/* What is left when the options are taken out. */
struct operands {
	char *target;   /* the one word, or NULL */
	char *second;   /* the next one, of a verb with two_words; or NULL */
	char **command; /* what follows `--`, NULL-terminated, or NULL without `--` */
}; /* Behind the `--` of a verb with two_words there are only its words: `command` is NULL. */

/*
 * Take `argv` apart; options may stand before and after TARGET, `--` begins COMMAND. 0 to go on;
 * 1 when -h or -V was answered on stdout and the verb is done; -1 with STATUS_USAGE.
 */
int options_parse(const struct verb *verb, int argc, char *argv[], void *settings,
		  struct operands *ret, struct err *err);

/* For verbs that have no COMMAND, and for those that have no TARGET either. */
int operands_no_command(const struct verb *verb, const struct operands *o, struct err *err);
int operands_none(const struct verb *verb, const struct operands *o, struct err *err);

/* STATUS_USAGE with the message and where the help is. */
int usage_error(const struct verb *verb, struct err *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
