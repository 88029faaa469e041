#ifndef COWTOP_TRIAL_WORDS_H
#define COWTOP_TRIAL_WORDS_H

/*
 * A line of words as a shell splits it: at blanks; 'quotes' keep all that is in them, "quotes" all but \" \\ \$ \` , a
 * backslash the next character. Nothing is expanded.
 *
 * `args:` makes other arguments of them:
 *
 *	args:WORDS		behind those of the command
 *	args:=WORDS		instead of all behind the program's name
 *	~WORD			in either: take this one away (its first occurrence) instead of adding it
 *
 * A mark that is quoted (\~, '~') is none.
 */
#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"

struct words {
	char **items; /* NULL-terminated once there is one */
	bool *plain;  /* the first character of each is neither quoted nor escaped */
	size_t n, cap, plain_cap;
};

/* Adds to `ret`. -1: a quote or an escape has no end. */
int words_split(const char *text, struct words *ret);
void words_release(struct words *w);

/* The command with the words of `args:`; the caller frees each and the array. STATUS_USAGE: a word to take away is not
 * there. */
int words_apply(const char *text, char *const command[], char ***ret, struct err *err);
/* NULL is fine. */
void words_free(char **argv);

#endif
