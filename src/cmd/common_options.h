#ifndef COWTOP_CMD_COMMON_OPTIONS_H
#define COWTOP_CMD_COMMON_OPTIONS_H

/*
 * Settings that several verbs have, as a member of their own ones, and what they mean:
 *
 *	struct settings {
 *		struct common_settings common;
 *		bool json;
 *	};
 *	static const struct option_row rows[] = {
 *		{ 'i', "interval", "SECONDS", "time between samples (1)",
 *		  OPTION_TIME, SETTING(common.interval_ns) },
 *		...
 */
#include "base/clock.h"
#include "base/zone.h"
#include "cmd/option_value.h"
#include "pool/live.h"

#define COMMON_INTERVAL SECOND

struct common_settings {
	int64_t count; /* 0: not given, as below */
	int64_t interval_ns;
	int64_t duration_ns;
	double budget; /* share of one CPU; negative: no limit */
	bool no_color, no_mouse;
	bool utc;
	bool why;                /* look for what tells why pages were copied */
	const char *load;        /* NULL: not given */
	struct ready ready;      /* of a command that is started */
	struct option_wait wait; /* for the first worker */
	struct fail_if fail_if;
};

void common_release(struct common_settings *c);

/* Share of one CPU that a view or a recording takes at most, when no --budget is given: it may go on for hours. */
#define COMMON_BUDGET 0.02
/* Give `live` the budget that was asked for, or else `share` (0: no limit), which begins with a little to spend.
 * True: there is a limit. */
bool common_limit(const struct common_settings *c, double share, struct live *live);

/* The zone of times that are shown and typed: the user's, or UTC with --utc. */
const struct zone *common_zone(bool utc);
#define COMMON_UTC "times in UTC; without, in the local time zone"

#define COMMON_READY "with -- COMMAND: ready when this is; else when quiet"

/* May there be colours: no --no-color, and no NO_COLOR in the environment? */
bool common_color(const struct common_settings *c);

#endif
