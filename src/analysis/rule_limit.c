#include "analysis/rule_limit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "base/clock.h"
#include "base/units.h"

/* The words for the two values of a flag. */
static const struct {
	const char *word;
	double value;
} flag_words[] = {
	{ "true", 1 }, { "yes", 1 }, { "on", 1 }, { "false", 0 }, { "no", 0 }, { "off", 0 },
};

static const char *limit_form(enum unit unit)
{
	switch (unit) {
	case UNIT_BYTES:
		return "a size: 4096, 200MiB";
	case UNIT_SECONDS:
		return "a time: 90, 1.5s, 10m";
	case UNIT_RATIO:
		return "a ratio: 0.2, 20%";
	case UNIT_PAGES:
		return "a number of pages";
	case UNIT_FLAG:
		return "0 or 1, false or true";
	default:
		return "a number without unit";
	}
}

/* Words behind a number, beside those of sizes and times: what --list-keys calls the unit. */
static const struct {
	enum unit unit;
	const char *word;
	double worth;
} unit_words[] = {
	{ UNIT_BYTES, "bytes", 1 },  { UNIT_PAGES, "pages", 1 },     { UNIT_PAGES, "page", 1 },
	{ UNIT_SECONDS, "min", 60 }, { UNIT_SECONDS, "seconds", 1 }, { UNIT_PER_SECOND, "/s", 1 },
};

static bool parse_word(const char *s, enum unit unit, double *ret)
{
	size_t digits = strspn(s, ".0123456789");
	char number[64];

	for (size_t i = 0; i < sizeof(unit_words) / sizeof(*unit_words); i++) {
		if (unit_words[i].unit != unit || strcmp(unit_words[i].word, s + digits) != 0)
			continue;
		snprintf(number, sizeof(number), "%.*s", (int)digits, s);
		if (units_parse_quantity(number, ret) < 0)
			return false;
		*ret *= unit_words[i].worth;
		return true;
	}
	return false;
}

/* A number without a sign and with its unit. Pages are not compared with MiB. */
static int parse_number(const char *s, enum unit unit, double *ret)
{
	bool plain = s[strspn(s, ".0123456789")] == '\0';
	uint64_t bytes;
	int64_t ns;

	if (plain || (unit == UNIT_RATIO && s[strlen(s) - 1] == '%'))
		return units_parse_quantity(s, ret);
	if (parse_word(s, unit, ret))
		return 0;
	if (unit == UNIT_BYTES) {
		if (units_parse_size(s, &bytes) < 0)
			return -1;
		*ret = (double)bytes;
		return 0;
	}
	if (unit == UNIT_SECONDS) {
		if (units_parse_time(s, &ns) < 0)
			return -1;
		*ret = (double)ns / SECOND;
		return 0;
	}
	return -1;
}

static bool take_flag(struct rule *r, const char *text)
{
	for (size_t i = 0; i < sizeof(flag_words) / sizeof(*flag_words); i++) {
		if (r->field->unit == UNIT_FLAG && !strcasecmp(flag_words[i].word, text)) {
			r->limit = flag_words[i].value;
			return true;
		}
	}
	return false;
}

/* Blanks between the number and its unit do not count. */
static bool take_number(struct rule *r, const char *text)
{
	char number[64], one[sizeof(r->unit) + 1];
	double sign = *text == '-' ? -1 : 1;
	size_t digits, blanks;
	const char *unit;

	text += *text == '-' || *text == '+';
	digits = strspn(text, ".0123456789");
	blanks = strspn(text + digits, " \t");
	unit = text + digits + blanks;
	if (!digits || (blanks && strchr(".0123456789", *unit)) || digits + strlen(unit) >= sizeof(number) ||
	    strlen(unit) >= sizeof(r->unit))
		return false;
	snprintf(number, sizeof(number), "%.*s%s", (int)digits, text, unit);
	snprintf(one, sizeof(one), "1%s", unit);
	snprintf(r->unit, sizeof(r->unit), "%s", unit);
	if (parse_number(number, r->field->unit, &r->limit) < 0 ||
	    parse_number(one, r->field->unit, &r->worth) < 0)
		return false;
	r->limit *= sign;
	return true;
}

/* ---- can the figure get there? */

static double least(const struct rule *r)
{
	return r->scope == RULE_DIFF ? -field_most(r->field) : field_least(r->field);
}

static double most(const struct rule *r)
{
	return field_most(r->field);
}

static bool is_whole(const struct rule *r)
{
	enum unit unit = r->field->unit;

	return r->scope != RULE_DIFF && (unit == UNIT_COUNT || unit == UNIT_PAGES || unit == UNIT_FLAG);
}

/* What it is that has such a range. */
static const char *kind_of(const struct rule *r)
{
	if (r->field->range == RANGE_CORRELATION)
		return "a correlation is -1 to 1";
	if (r->field->unit == UNIT_RATIO)
		return r->scope == RULE_DIFF ? "a difference of ratios is -1 to 1" : "a ratio is 0 to 1";
	if (r->field->unit == UNIT_FLAG)
		return "a flag is 0 or 1";
	return "it is never below 0";
}

/* "; did you mean 20% (0.2)?", of a number that is a percentage without its sign. */
static const char *meant(const struct rule *r, char out[static 64])
{
	bool percent = r->field->unit == UNIT_RATIO && r->field->range != RANGE_CORRELATION && !*r->unit &&
		       fabs(r->limit) > 1 && fabs(r->limit) <= 100;

	*out = '\0';
	if (percent && r->limit / 100 >= least(r))
		snprintf(out, 64, "; did you mean %.6g%% (%.6g)?", r->limit, r->limit / 100);
	return out;
}

/* Beyond where the figure can be a rule holds always or never; so it does at an end that it looks beyond. */
static int check_reach(const struct rule *r, struct err *err)
{
	bool below = r->limit<least(r), above = r->limit> most(r), upward, never;
	bool equal = r->op == OP_EQ || r->op == OP_NE;
	char hint[64];

	if (equal && is_whole(r) && r->limit != floor(r->limit))
		return err_set(err, STATUS_USAGE, "rule '%.120s' %s: %s is a whole number", r->text,
			       r->op == OP_EQ ? "can never hold" : "always holds",
			       r->field->process_key ?: r->field->pool_key);
	below |= r->limit == least(r) && r->op == OP_LT;
	above |= r->limit == most(r) && r->op == OP_GT;
	if (!below && !above)
		return 0;
	upward = r->op == OP_GT || r->op == OP_GE;
	never = equal ? r->op == OP_EQ : upward == above;
	return err_set(err, STATUS_USAGE, "rule '%.120s' %s: %s%s", r->text,
		       never ? "can never hold" : "always holds", kind_of(r), meant(r, hint));
}

int rule_take_limit(struct rule *r, const char *text, struct err *err)
{
	const char *key = r->field->process_key && r->scope != RULE_POOL ? r->field->process_key :
									   r->field->pool_key;

	r->worth = 1;
	if (take_flag(r, text)) {
		if (r->op == OP_EQ || r->op == OP_NE)
			return 0;
		return err_set(err, STATUS_USAGE, "rule '%.120s': a flag is compared by == or !=", r->text);
	}
	if (take_number(r, text))
		return check_reach(r, err);
	if (strchr(text, ','))
		return err_set(err, STATUS_USAGE,
			       "rule '%.120s': in a number there is no comma; fractions have a point: 0.2",
			       r->text);
	return err_set(err, STATUS_USAGE, "rule '%.120s': '%.64s' is compared with %s", r->text, key,
		       limit_form(r->field->unit));
}
