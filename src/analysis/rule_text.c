#include "analysis/rule_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Figures that have words of their own: in front of the number and behind it. All others have their key. */
static const struct {
	const char *key, *before, *behind;
} words[] = {
	{ "cow_broken_ratio", "copied", " of the inherited" },
	{ "copied_ratio", "copied by all", " of the inherited" },
	{ "cow_broken_bytes", "copied", "" },
	{ "copied_bytes", "copied by all", "" },
	{ "master_cow_broken_bytes", "copied by the master", "" },
};

/* A number that is not whole has so many decimals at least. */
enum { DECIMALS = 1, DECIMALS_OF_RATIO = 3, DECIMALS_MOST = 9, NUMBER = 48 };

static const char *words_before(const struct rule *r, const char **behind)
{
	const char *key = rule_key(r->scope, r->field);

	*behind = "";
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!strcmp(words[i].key, key)) {
			*behind = words[i].behind;
			return words[i].before;
		}
	}
	return key;
}

/* What stands behind a number of the rule. */
static void unit_text(const struct rule *r, char out[static 16])
{
	static const char *const plain[] = {
		[UNIT_BYTES] = " bytes", [UNIT_PAGES] = " pages", [UNIT_PER_SECOND] = "/s",
		[UNIT_SECONDS] = " s",   [UNIT_COUNT] = "",       [UNIT_RATIO] = "",
		[UNIT_FLAG] = "",
	};

	if (*r->unit)
		snprintf(out, 16, "%s%s", *r->unit == '/' ? "" : " ", r->unit);
	else
		snprintf(out, 16, "%s", plain[r->field->unit]);
}

static bool put_flag(const struct rule *r, double value, char out[static NUMBER])
{
	if (r->field->unit == UNIT_FLAG)
		snprintf(out, NUMBER, "%s", value ? "true" : "false");
	return r->field->unit == UNIT_FLAG;
}

/* As short as it can be. */
static void put_limit(const struct rule *r, char out[static NUMBER])
{
	bool signs = r->scope == RULE_DIFF && r->limit > 0;

	if (!put_flag(r, r->limit, out))
		snprintf(out, NUMBER, "%s%.15g", signs ? "+" : "", r->limit / r->worth);
}

/* With so many decimals that what is not the limit does not look like it, nor what is not zero like that. */
static void put_value(const struct rule *r, figure value, char out[static NUMBER])
{
	double v = value / r->worth, limit = r->limit / r->worth;
	int decimals = v == floor(v) && !*r->unit ? 0 : DECIMALS;
	const char *sign = r->scope == RULE_DIFF ? "+" : "";
	char shown[NUMBER];

	if (put_flag(r, value, out))
		return;
	if (r->field->unit == UNIT_RATIO && !*r->unit)
		decimals = DECIMALS_OF_RATIO;
	while (v != 0 && decimals < DECIMALS_MOST && fabs(v) * pow(10, decimals) < 1)
		decimals++;
	for (; decimals <= DECIMALS_MOST; decimals++) {
		snprintf(out, NUMBER, *sign ? "%+.*f" : "%.*f", decimals, v);
		snprintf(shown, NUMBER, *sign ? "%+.*f" : "%.*f", decimals, limit);
		if (value == r->limit || strcmp(out, shown) != 0)
			return;
	}
}

static const char *limit_words(enum rule_op op)
{
	static const char *const said[] = {
		[OP_LT] = "minimum",       [OP_LE] = "minimum above", [OP_GT] = "limit",
		[OP_GE] = "must be below", [OP_EQ] = "must not be",   [OP_NE] = "must be",
	};

	return said[op];
}

static void add_limit(struct buf *out, const struct rule *r)
{
	char number[NUMBER], unit[16];

	put_limit(r, number);
	unit_text(r, unit);
	buf_printf(out, " (%s %s%s)", limit_words(r->op), number, unit);
}

/* "copied <68.0 % of the inherited, at least 45.0 %" */
static void add_figure(struct buf *out, const struct rule *r, const struct measure *m)
{
	char number[NUMBER], unit[16];
	const char *behind;

	unit_text(r, unit);
	put_value(r, m->value, number);
	buf_adds(out, words_before(r, &behind));
	buf_printf(out, " %s%s%s%s", label_mark(m->label), number, unit, behind);
	if (!(m->low < m->high))
		return;
	put_value(r, m->value > m->low ? m->low : m->high, number);
	buf_printf(out, ", at %s %s%s", m->value > m->low ? "least" : "most", number, unit);
}

static void add_subject(struct buf *out, const struct rule *r, const struct rule_result *res)
{
	buf_adds(out, rule_scope_name(r->scope));
	if (res->pid)
		buf_printf(out, " %d", (int)res->pid);
	buf_adds(out, ": ");
}

/* Of several workers one is told about. */
static void add_workers(struct buf *out, const struct rule_result *res)
{
	if (res->workers < 2)
		return;
	if (res->verdict == RULE_HOLDS)
		buf_printf(out, ", %zu of %zu workers", res->held, res->workers);
	else if (res->verdict == RULE_CLEAR)
		buf_printf(out, ", the nearest of %zu workers", res->workers);
}

void rule_tell(struct buf *out, const struct rule *r, const struct rule_result *res, const char *why)
{
	static const char *const verdicts[] = {
		[RULE_CLEAR] = "PASS ",
		[RULE_HOLDS] = "FAIL ",
		[RULE_UNKNOWN] = "ERROR ",
		[RULE_OPEN] = "ERROR ",
	};

	buf_adds(out, verdicts[res->verdict]);
	add_subject(out, r, res);
	if (res->verdict == RULE_UNKNOWN)
		buf_printf(out, "%s cannot be checked", rule_key(r->scope, r->field));
	else
		add_figure(out, r, &res->figure);
	add_limit(out, r);
	add_workers(out, res);
	if (res->verdict == RULE_OPEN)
		buf_adds(out, ": it cannot be decided, the bound alone would decide");
	else if (*why)
		buf_printf(out, ": %s", why);
}
