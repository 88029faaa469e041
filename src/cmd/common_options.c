#include "cmd/common_options.h"

#include <stdlib.h>
#include <string.h>
#include "base/units.h"

#define EVERY_MOST 1000000
/* For the start of a run whose user has not asked for a limit: seconds of the one that it has all the same. */
#define SAVED_S 5

void common_release(struct common_settings *c)
{
	fail_if_release(&c->fail_if);
}

int common_time(const char *name, const char *value, int64_t *ret_ns, struct err *err)
{
	int64_t ns;

	if (units_parse_time(value, &ns) < 0 || ns < COMMON_TIME_LEAST || ns > COMMON_TIME_MOST)
		return err_set(err, STATUS_USAGE, "--%s '%.100s': not a time between 1ms and 366d, "
			       "such as 90, 1.5s, 10m, 2h", name, value);
	*ret_ns = ns;
	return 0;
}

int common_every(const char *value, int64_t *ret, struct err *err)
{
	if (units_parse_int(value, 1, EVERY_MOST, ret) < 0)
		return err_set(err, STATUS_USAGE, "--every '%.100s': not a number from 1 to %d",
			       value, EVERY_MOST);
	return 0;
}

int common_count(void *settings, const char *value, struct err *err)
{
	struct common_settings *c = settings;

	if (units_parse_int(value, 1, INT32_MAX, &c->count) < 0)
		return err_set(err, STATUS_USAGE, "--count '%.100s': not a number from 1 on",
			       value);
	return 0;
}

int common_interval(void *settings, const char *value, struct err *err)
{
	return common_time("interval", value, &((struct common_settings *)settings)->interval_ns,
			   err);
}

int common_duration(void *settings, const char *value, struct err *err)
{
	return common_time("duration", value, &((struct common_settings *)settings)->duration_ns,
			   err);
}

int common_budget(void *settings, const char *value, struct err *err)
{
	size_t digits = strspn(value, "0123456789.");
	double percent;

	if (strcmp(value, "none") == 0) {
		((struct common_settings *)settings)->budget = -1;
		return 0;
	}
	/* Digits only: units_parse_quantity() would take sizes and times as well. */
	if ((value[digits] && strcmp(value + digits, "%") != 0) ||
	    units_parse_quantity(value, &percent) < 0)
		return err_set(err, STATUS_USAGE, "--budget '%.100s': not a percentage, nor none",
			       value);
	if (value[digits])
		percent *= 100;
	if (!(percent > 0 && percent <= 100))
		return err_set(err, STATUS_USAGE, "--budget '%.100s': not above 0 and up to 100 "
			       "percent of one CPU", value);
	((struct common_settings *)settings)->budget = percent / 100;
	return 0;
}

bool common_limit(const struct common_settings *c, double share, struct live *live)
{
	if (c->budget)
		share = c->budget > 0 ? c->budget : 0;
	live_set_budget(live, share, c->budget ? 0 : SAVED_S);
	return share > 0;
}

int common_no_color(void *settings, const char *value, struct err *err)
{
	((struct common_settings *)settings)->no_color = true;
	return 0;
}

int common_load(void *settings, const char *value, struct err *err)
{
	((struct common_settings *)settings)->load = value;
	return 0;
}

int common_wait(void *settings, const char *value, struct err *err)
{
	struct common_settings *c = settings;

	c->wait = true;
	c->wait_ns = 0;
	return value ? common_time("wait", value, &c->wait_ns, err) : 0;
}

int common_rule(void *settings, const char *value, struct err *err)
{
	return fail_if_add(&((struct common_settings *)settings)->fail_if, value, err);
}

bool common_color(const struct common_settings *c)
{
	return !c->no_color && !*(getenv("NO_COLOR") ?: "");
}
