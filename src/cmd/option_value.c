#include "cmd/option_value.h"

#include <stdio.h>
#include <string.h>
#include "base/units.h"

/* A number that is too large for a member of 4 bytes is not within the limits of its row. */
static void store(const struct option_row *row, void *member, int64_t n)
{
	if (row->size == sizeof(uint32_t))
		*(uint32_t *)member = (uint32_t)n;
	else
		*(int64_t *)member = n;
}

static int set_number(const struct option_row *row, void *member, const char *value, struct err *err)
{
	char most[24] = "on";
	int64_t n;

	if (units_parse_int(value, row->least, row->most, &n) == 0) {
		store(row, member, n);
		return 0;
	}
	if (row->most < INT32_MAX)
		snprintf(most, sizeof(most), "to %lld", (long long)row->most);
	return err_set(err, STATUS_USAGE, "--%s '%.100s': not a number from %lld %s", row->name, value,
		       (long long)row->least, most);
}

static int set_size(const struct option_row *row, uint64_t *member, const char *value, struct err *err)
{
	uint64_t bytes;

	if (units_parse_size(value, &bytes) < 0 || bytes < (uint64_t)row->least || bytes > INT64_MAX)
		return err_set(err, STATUS_USAGE, "--%s '%.100s': %s", row->name, value, row->wrong);
	*member = bytes;
	return 0;
}

static int parse_time(const char *name, const char *value, int64_t *ret_ns, struct err *err)
{
	int64_t ns;

	if (units_parse_time(value, &ns) < 0 || ns < OPTION_TIME_LEAST || ns > OPTION_TIME_MOST)
		return err_set(err, STATUS_USAGE,
			       "--%s '%.100s': not a time between 1ms and 366d, "
			       "such as 90, 1.5s, 10m, 2h",
			       name, value);
	*ret_ns = ns;
	return 0;
}

static int set_time(const struct option_row *row, int64_t *member, const char *value, struct err *err)
{
	int64_t ns = 0;

	if (parse_time(row->name, value, &ns, err) < 0)
		return -1;
	if (ns < row->least)
		return err_set(err, STATUS_USAGE, "--%s '%.100s': %s", row->name, value, row->wrong);
	*member = ns;
	return 0;
}

static int set_choice(const struct option_row *row, int *member, struct err *err)
{
	if (*member && *member != row->choice)
		return err_set(err, STATUS_USAGE, "%s", row->wrong);
	*member = row->choice;
	return 0;
}

int option_store(const struct option_row *row, void *settings, const char *value, struct err *err)
{
	void *member = (char *)settings + row->at;

	switch (row->type) {
	case OPTION_FLAG:
		*(bool *)member = true;
		return 0;
	case OPTION_CHOICE:
		return set_choice(row, member, err);
	case OPTION_WORD:
		*(const char **)member = value;
		return 0;
	case OPTION_NUMBER:
		return set_number(row, member, value, err);
	case OPTION_SIZE:
		return set_size(row, member, value, err);
	case OPTION_TIME:
		return set_time(row, member, value, err);
	case OPTION_CUSTOM:
		return row->set(member, value, err);
	case OPTION_HELP:
	case OPTION_VERSION:
	case OPTION_LIST_KEYS:
		break;
	}
	return 0;
}

/* ---- those with a grammar of their own */

int option_wait(void *member, const char *value, struct err *err)
{
	struct option_wait *wait = member;

	*wait = (struct option_wait){ .on = true };
	return value ? parse_time("wait", value, &wait->ns, err) : 0;
}

int option_load(void *member, const char *value, struct err *err)
{
	if (!value[strspn(value, " \t\n")])
		return err_set(err, STATUS_USAGE,
			       "--load: a command is needed, which sends work to the pool");
	*(const char **)member = value;
	return 0;
}

int option_ready(void *member, const char *value, struct err *err)
{
	return ready_parse(value, member, err);
}

int option_when(void *member, const char *value, struct err *err)
{
	return when_parse(value, member, err);
}

int option_budget(void *member, const char *value, struct err *err)
{
	size_t digits = strspn(value, "0123456789.");
	double *share = member, percent;

	if (strcmp(value, "none") == 0) {
		*share = -1;
		return 0;
	}
	/* Digits only: units_parse_quantity() would take sizes and times as well. */
	if ((value[digits] && strcmp(value + digits, "%") != 0) || units_parse_quantity(value, &percent) < 0)
		return err_set(err, STATUS_USAGE, "--budget '%.100s': not a percentage, nor none", value);
	if (value[digits])
		percent *= 100;
	if (!(percent > 0 && percent <= 100))
		return err_set(err, STATUS_USAGE,
			       "--budget '%.100s': not above 0 and up to 100 "
			       "percent of one CPU",
			       value);
	*share = percent / 100;
	return 0;
}

int option_rule(void *member, const char *value, struct err *err)
{
	return fail_if_add(member, value, err);
}

int option_diff_rule(void *member, const char *value, struct err *err)
{
	return fail_if_add_diff(member, value, err);
}
