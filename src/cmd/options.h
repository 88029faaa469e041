#ifndef COWTOP_CMD_OPTIONS_H
#define COWTOP_CMD_OPTIONS_H

/*
 * The options of a verb as one table: getopt_long(3), the verb's settings, --help and the test that
 * compares the manual and the completions with --help are all fed from it.
 *
 *	#define SETTING(member) OPTION_MEMBER(struct settings, member)
 *	static const struct option_row rows[] = {
 *		{ 'f', "force", NULL, "replace FILE", OPTION_FLAG, SETTING(force) },
 *		{ 'n', "count", "N", "take N samples",
 *		  OPTION_NUMBER, SETTING(count), .least = 1, .most = INT32_MAX },
 *		{ 'b', "begin", "TIME", "from TIME on", OPTION_CUSTOM, SETTING(begin), .set = option_when },
 *		{ 0 },
 *	};
 */
#include <stddef.h>
#include <stdint.h>
#include "base/clock.h"
#include "base/err.h"
#include "cmd/verb.h"

enum option_type {
	OPTION_HELP, /* main() answers these three */
	OPTION_VERSION,
	OPTION_LIST_KEYS,
	OPTION_FLAG,   /* bool: true when the option is there */
	OPTION_CHOICE, /* an enum: becomes `choice`; when it is neither 0 nor that, `wrong` is the error */
	OPTION_WORD,   /* const char *, borrowed from the command line */
	OPTION_NUMBER, /* an integer of 4 or 8 bytes, from `least` to `most` */
	OPTION_SIZE, /* uint64_t of bytes, from `least` to INT64_MAX; `wrong` says what another one is not */
	OPTION_TIME, /* int64_t of ns, within the limits below; `wrong` is said of less than `least` */
	OPTION_CUSTOM, /* what has a grammar of its own: `set` takes it */
};

/* Times that options take, in nanoseconds: a millisecond to a year. */
#define OPTION_TIME_LEAST MILLISECOND
#define OPTION_TIME_MOST (366 * 86400 * SECOND)

struct option_row {
	char letter;      /* 0: there is only the long form */
	const char *name; /* the long form without its dashes; NULL ends the table */
	const char *arg;  /* what --help calls its argument; NULL: it takes none;
	                   * in brackets it may be left out, and otherwise follows a '=' */
	const char *help;
	enum option_type type;
	size_t at, size; /* its member in the verb's settings: OPTION_MEMBER() */
	int64_t least, most;
	int choice;
	const char *wrong;
	/* What it is given when no word follows, or another option or a pid: what it meant before it took an argument. */
	const char *alone;
	/* Set the `member`; `value` is NULL without an argument. */
	int (*set)(void *member, const char *value, struct err *err);
};

#define OPTION_MEMBER(settings, member) \
	.at = offsetof(settings, member), .size = sizeof(((settings *)0)->member)

/* Of a verb that has --fail-if. */
#define OPTION_LIST_KEYS_ROW \
	{ \
		0, "list-keys", NULL, "print what EXPR can be about, and exit", .type = OPTION_LIST_KEYS \
	}

/* The rows of -h and -V, which every verb has. */
extern const struct option_row common_options[];

/* What is left when the options are taken out. */
struct operands {
	char *target;   /* the one word, or NULL */
	char *second;   /* the next one, of a verb with two_words; or NULL */
	char **command; /* what follows `--`, NULL-terminated, or NULL without `--` */
	/* All words of a verb with many_words, and how many of them stood before a `--`. */
	char **words;
	size_t nwords, before;
	/* The last word that an option took for the file that it writes: perhaps it was meant for one of these. */
	const char *taken;
	const struct option_row *taker;
}; /* Behind the `--` of a verb with two_words or many_words there are only its words: `command` is NULL. */

/*
 * Take `argv` apart into the verb's `settings` and the operands; options may stand before and after
 * TARGET, `--` begins COMMAND. 0 to go on; VERB_HELP, VERB_VERSION or VERB_LIST_KEYS, which the verb returns;
 * -1 with STATUS_USAGE.
 */
int options_parse(const struct verb *verb, int argc, char *argv[], void *settings, struct operands *ret,
		  struct err *err);

/* An operand that a verb cannot do without is missing: STATUS_USAGE, with the word that an option took. */
int operands_missing(const struct verb *verb, const struct operands *o, const char *what, struct err *err);
/* For verbs that have no COMMAND, and for those that have no TARGET either. */
int operands_no_command(const struct verb *verb, const struct operands *o, struct err *err);
int operands_none(const struct verb *verb, const struct operands *o, struct err *err);

/* -1 with STATUS_USAGE, the message and the verb's --help. */
int usage_error(const struct verb *verb, struct err *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
