#ifndef COWTOP_CMD_OPTION_VALUE_H
#define COWTOP_CMD_OPTION_VALUE_H

/* What stands behind an option becomes a member of the settings (cmd/options.h). */
#include "cmd/fail_if.h"
#include "cmd/options.h"
#include "base/when.h"
#include "find/ready.h"

/* `value` is NULL without an argument. STATUS_USAGE when the option does not take it. */
int option_store(const struct option_row *row, void *settings, const char *value, struct err *err);

/* --every: one copied page in so many has its stack taken. */
#define OPTION_EVERY_MOST 1000000

/* --wait[=TIME] */
struct option_wait {
	bool on;
	int64_t ns; /* 0: no limit */
};

/* For rows of OPTION_CUSTOM; what `member` points to is said behind each. */
int option_wait(void *member, const char *value, struct err *err);      /* struct option_wait */
int option_load(void *member, const char *value, struct err *err);      /* const char *: words for a shell */
int option_ready(void *member, const char *value, struct err *err);     /* struct ready */
int option_when(void *member, const char *value, struct err *err);      /* struct when */
int option_budget(void *member, const char *value, struct err *err);    /* double: share of a CPU; -1: none */
int option_rule(void *member, const char *value, struct err *err);      /* struct fail_if */
int option_diff_rule(void *member, const char *value, struct err *err); /* the same, of differences */

#endif
