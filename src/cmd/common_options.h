#ifndef COWTOP_CMD_COMMON_OPTIONS_H
#define COWTOP_CMD_COMMON_OPTIONS_H

/*
 * Options that several verbs have, for their tables (cmd/options.h). A verb's own settings begin
 * with struct common_settings:
 *
 *	struct settings {
 *		struct common_settings common;
 *		bool json;
 *	};
 *	static const struct option_row rows[] = {
 *		{ 'i', "interval", "SECONDS", "time between samples (1)", common_interval },
 *		...
 */
#include "cmd/fail_if.h"
#include "cmd/options.h"
#include "pool/live.h"

#define COMMON_INTERVAL INT64_C(1000000000)
/* Times that options take, in nanoseconds: a millisecond to a year. */
#define COMMON_TIME_LEAST INT64_C(1000000)
#define COMMON_TIME_MOST (INT64_C(366) * 86400 * 1000000000)

struct common_settings {
	int64_t count;       /* 0: not given, as below */
	int64_t interval_ns;
	int64_t duration_ns;
	double budget;       /* share of one CPU; negative: no limit */
	bool no_color;
	const char *load;    /* NULL: not given */
	bool wait;           /* for the first worker */
	int64_t wait_ns;
	struct fail_if fail_if;
};

void common_release(struct common_settings *c);

int common_count(void *settings, const char *value, struct err *err);
int common_interval(void *settings, const char *value, struct err *err);
int common_duration(void *settings, const char *value, struct err *err);
int common_budget(void *settings, const char *value, struct err *err);
int common_no_color(void *settings, const char *value, struct err *err);
int common_load(void *settings, const char *value, struct err *err);
int common_wait(void *settings, const char *value, struct err *err);
int common_rule(void *settings, const char *value, struct err *err); /* --fail-if */

/* Who watches goes on for hours: no more than this share of one CPU, when nothing else is asked for. */
#define COMMON_BUDGET 0.02
/* Give it what was asked for, or else `share`, which begins with a little to spend; 0: no limit. True: there is one. */
bool common_limit(const struct common_settings *c, double share, struct live *live);

/* A time for the option `name`: STATUS_USAGE when it is none, or not within the limits above. */
int common_time(const char *name, const char *value, int64_t *ret_ns, struct err *err);

/* --every: one copied page in so many has its stack taken. */
int common_every(const char *value, int64_t *ret, struct err *err);

/* May there be colours: no --no-color, and no NO_COLOR in the environment? */
bool common_color(const struct common_settings *c);

#endif
