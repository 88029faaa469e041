#ifndef COWTOP_TRIAL_ENVIRONMENT_H
#define COWTOP_TRIAL_ENVIRONMENT_H

/*
 * An environment to start a program with: NAME=VALUE texts, each name once, and lists within them.
 */
#include <stddef.h>

struct environment {
	char **items; /* NULL-terminated after environment_copy() */
	size_t n, cap;
};

void environment_copy(struct environment *e, char *const from[]);
void environment_release(struct environment *e);

const char *environment_get(const struct environment *e, const char *name); /* NULL: it is not set */
void environment_set(struct environment *e, const char *name, const char *value);
void environment_unset(struct environment *e, const char *name);
/* One more in a list, in front of or behind what is there; an empty list is none. */
void environment_put_first(struct environment *e, const char *name, const char *value, char between);
void environment_put_last(struct environment *e, const char *name, const char *value, char between);
/* Take those out of a list that `is_meant` is true for; without any left the variable goes, too. `between`: all
 * characters that stand between two; the first one does so from then on. */
void environment_take_out(struct environment *e, const char *name, const char *between,
			  int (*is_meant)(const char *item, const void *data), const void *data);

#endif
