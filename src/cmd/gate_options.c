#include "cmd/gate_options.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/units.h"
#include "sys/confine.h"

int gate_option_baseline(void *member, const char *value, struct err *err)
{
	struct gate_paths *to = member;

	if (!*value)
		return err_set(err, STATUS_USAGE, "--baseline: the name is empty");
	vec_room(&to->items, to->n, &to->cap);
	to->items[to->n++] = value;
	return 0;
}

int gate_option_tolerance(void *member, const char *value, struct err *err)
{
	size_t digits = strspn(value, "0123456789.");
	struct gate_tolerance *to = member;
	double percent;

	/* Digits only: units_parse_quantity() would take sizes and times as well. */
	if (!digits || (value[digits] && strcmp(value + digits, "%") != 0) ||
	    units_parse_quantity(value, &percent) < 0)
		return err_set(err, STATUS_USAGE,
			       "--tolerance '%.100s': not a percentage, such as 5 or 2.5%%", value);
	to->given = true;
	to->part = value[digits] ? percent : percent / 100;
	return 0;
}

bool gate_is_wanted(const struct gate_settings *set)
{
	for (size_t i = 0; i < GATE_FILES; i++) {
		if (set->files[i])
			return true;
	}
	return set->baselines.n > 0;
}

/* Of two that are one file the last would be left; two documents on stdout nobody can read. */
static int check_files(const struct verb *verb, const struct gate_settings *set, const char *prints,
		       struct err *err)
{
	for (size_t i = 0; i < GATE_FILES; i++) {
		for (size_t k = 0; set->files[i] && k < i; k++) {
			if (set->files[k] && !strcmp(set->files[i], set->files[k]))
				return usage_error(verb, err, "two options write %.100s: a file for each",
						   set->files[i]);
		}
		if (set->files[i] && prints && !strcmp(set->files[i], "-"))
			return usage_error(verb, err, "%s writes standard output: no other file can be -",
					   prints);
		if (set->files[i] && !*set->files[i])
			return usage_error(verb, err, "the name of a file is empty");
	}
	return 0;
}

static bool gate_writes(const struct gate_settings *set)
{
	bool any = false;

	for (size_t i = 0; i < GATE_FILES; i++)
		any |= set->files[i] != NULL;
	return any;
}

int gate_check(const struct verb *verb, const struct gate_settings *set, const char *prints, struct err *err)
{
	if (set->tolerance.given && !set->baselines.n)
		return usage_error(verb, err, "--tolerance goes with --baseline");
	if (set->variant && !set->baselines.n)
		return usage_error(verb, err, "--variant goes with --baseline");
	/* more is opened when a recording has been read */
	if (set->baselines.n || gate_writes(set))
		priv_hold_lent();
	if (set->baselines.n || gate_writes(set) || getenv("GITHUB_STEP_SUMMARY"))
		confine_never();
	return check_files(verb, set, prints, err);
}

void gate_settings_release(struct gate_settings *set)
{
	free(set->baselines.items);
	set->baselines = (struct gate_paths){ 0 };
}
