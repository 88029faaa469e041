#include "analysis/rule.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "analysis/did_you_mean.h"
#include "base/clock.h"
#include "base/units.h"

static const char *const scopes[] = {
	[RULE_POOL] = "pool",
	[RULE_MASTER] = "master",
	[RULE_WORKER] = "worker",
	[RULE_DIFF] = "diff",
};

/* The longer ones first: "<=" is no "<". */
static const struct {
	const char *text;
	enum rule_op op;
} operators[] = {
	{ "<=", OP_LE }, { ">=", OP_GE }, { "==", OP_EQ }, { "!=", OP_NE }, { "<", OP_LT }, { ">", OP_GT },
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *s)
{
	while (is_blank(*s))
		s++;
	return s;
}

/* Copies `len` bytes of `s` into `ret`; false when they do not fit. */
static bool take(char *ret, size_t size, const char *s, size_t len)
{
	if (len >= size)
		return false;
	memcpy(ret, s, len);
	ret[len] = '\0';
	return true;
}

/* "pool." and so on, of the scopes from `first` to `last`; returns what follows, or NULL. */
static const char *take_scope(const char *s, enum rule_scope first, enum rule_scope last,
			      enum rule_scope *ret)
{
	size_t i, n;

	for (i = first; i <= last; i++) {
		n = strlen(scopes[i]);
		if (!strncmp(s, scopes[i], n) && s[n] == '.') {
			*ret = (enum rule_scope)i;
			return s + n + 1;
		}
	}
	return NULL;
}

static const char *take_op(const char *s, enum rule_op *ret)
{
	size_t i, n;

	for (i = 0; i < sizeof(operators) / sizeof(*operators); i++) {
		n = strlen(operators[i].text);
		if (!strncmp(s, operators[i].text, n)) {
			*ret = operators[i].op;
			return s + n;
		}
	}
	return NULL;
}

static int unknown_key(const struct rule *r, const char *key, struct err *err)
{
	const char *near[DID_YOU_MEAN_MAX];
	char list[160];
	size_t n, i;
	int len = 0;

	n = r->scope == RULE_DIFF ? did_you_mean_diff(key, near) :
				    did_you_mean(key, r->scope == RULE_POOL, near);
	for (i = 0; i < n; i++)
		len += snprintf(list + len, sizeof(list) - len, "%s%s.%s", i ? ", " : "", scopes[r->scope],
				near[i]);
	return err_set(err, STATUS_USAGE, "rule '%s': no figure '%s.%s'; nearest: %s", r->text,
		       scopes[r->scope], key, list);
}

/* The number after the operator. A unit must suit the figure: pages are not compared with MiB. */
static int parse_limit(const char *s, enum unit unit, double *ret)
{
	bool plain = s[strspn(s, "-.0123456789")] == '\0';
	uint64_t bytes;
	int64_t ns;

	if (plain || (unit == UNIT_RATIO && s[strlen(s) - 1] == '%'))
		return units_parse_quantity(s, ret);
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
		return "0 or 1";
	default:
		return "a number without unit";
	}
}

static const struct field *find_field(enum rule_scope scope, const char *key)
{
	if (scope == RULE_DIFF)
		return compare_find(key);
	return scope == RULE_POOL ? field_find_pool(key) : field_find_process(key);
}

/* A difference may have a sign in front, whatever its unit. */
static int parse_signed(const char *s, enum unit unit, double *ret)
{
	double sign = *s == '-' ? -1 : 1;

	s += *s == '-' || *s == '+';
	if (*s == '-' || parse_limit(s, unit, ret) < 0)
		return -1;
	*ret *= sign;
	return 0;
}

/* What comes after the scope. */
static int parse_rest(struct rule r, const char *at, struct rule *ret, struct err *err)
{
	const char *text = r.text, *end;
	char key[64], limit[64];
	size_t len;
	bool bad;

	len = strcspn(at, " \t<>=!");
	if (!take(key, sizeof(key), at, len))
		return err_set(err, STATUS_USAGE, "rule '%s': no figure has so long a name", text);
	r.field = find_field(r.scope, key);
	if (!r.field)
		return unknown_key(&r, key, err);

	at = take_op(skip_blanks(at + len), &r.op);
	if (!at)
		return err_set(err, STATUS_USAGE,
			       "rule '%s': after the figure comes one of < <= > >= == !=", text);

	at = skip_blanks(at);
	for (end = at + strlen(at); end > at && is_blank(end[-1]); end--)
		;
	bad = !take(limit, sizeof(limit), at, end - at);
	if (!bad && r.scope == RULE_DIFF)
		bad = parse_signed(limit, r.field->unit, &r.limit) < 0;
	else if (!bad)
		bad = parse_limit(limit, r.field->unit, &r.limit) < 0;
	if (bad)
		return err_set(err, STATUS_USAGE, "rule '%s': '%s' is compared with %s", text, key,
			       limit_form(r.field->unit));
	*ret = r;
	return 0;
}

int rule_parse(const char *text, struct rule *ret, struct err *err)
{
	struct rule r = { .text = text };
	const char *at = take_scope(skip_blanks(text), RULE_POOL, RULE_WORKER, &r.scope);

	if (!at)
		return err_set(err, STATUS_USAGE,
			       "rule '%s': begins with none of pool.KEY, master.KEY, worker.KEY", text);
	return parse_rest(r, at, ret, err);
}

int rule_parse_diff(const char *text, struct rule *ret, struct err *err)
{
	struct rule r = { .text = text };
	const char *at = take_scope(skip_blanks(text), RULE_DIFF, RULE_DIFF, &r.scope);

	if (!at)
		return err_set(err, STATUS_USAGE, "rule '%s': does not begin with diff.KEY", text);
	return parse_rest(r, at, ret, err);
}

static bool holds(const struct rule *r, double value)
{
	switch (r->op) {
	case OP_LT:
		return value < r->limit;
	case OP_LE:
		return value <= r->limit;
	case OP_GT:
		return value > r->limit;
	case OP_GE:
		return value >= r->limit;
	case OP_EQ:
		return value == r->limit;
	case OP_NE:
		return value != r->limit;
	}
	return false;
}

/* In between it may be equal, whatever it is at the bounds. */
static enum rule_verdict verdict_of(const struct rule *r, const struct measure *m)
{
	bool low = holds(r, m->low), high = holds(r, m->high);

	if ((r->op == OP_EQ || r->op == OP_NE) && m->low < m->high && m->low <= r->limit &&
	    r->limit <= m->high)
		return RULE_OPEN;
	if (low != high)
		return RULE_OPEN;
	return low ? RULE_HOLDS : RULE_CLEAR;
}

static struct rule_result judge(const struct rule *r, struct measure m, pid_t pid)
{
	struct rule_result res = { .figure = m, .pid = pid };

	res.margin = fabs(m.value - r->limit);
	res.verdict = known(m.value) ? verdict_of(r, &m) : RULE_UNKNOWN;
	return res;
}

/* Does `a` decide over `b`? What holds comes before the unknown and the open, those before the nearest. */
static bool decides(const struct rule_result *a, const struct rule_result *b)
{
	static const int weight[] = {
		[RULE_CLEAR] = 0,
		[RULE_OPEN] = 1,
		[RULE_UNKNOWN] = 2,
		[RULE_HOLDS] = 3,
	};

	if (a->verdict != b->verdict)
		return weight[a->verdict] > weight[b->verdict];
	return a->verdict == RULE_HOLDS ? a->margin > b->margin : a->margin < b->margin;
}

struct rule_result rule_check(const struct rule *r, const struct snapshot *s)
{
	struct rule_result best = { RULE_UNKNOWN, measure_make(UNKNOWN, UNKNOWN, false), UNKNOWN, 0 }, one;
	enum role role = r->scope == RULE_MASTER ? ROLE_MASTER : ROLE_WORKER;
	bool any = false;
	size_t i;

	if (r->scope == RULE_POOL)
		return judge(r, field_of_pool(r->field, s), 0);

	/* Without such a process nothing is known: not a silent pass. */
	for (i = 0; i < s->nprocs; i++) {
		if (s->procs[i].role != role)
			continue;
		one = judge(r, field_of_process(r->field, &s->procs[i]), s->procs[i].facts->pid);
		if (!any || decides(&one, &best))
			best = one;
		any = true;
	}
	return best;
}

struct rule_result rule_check_diff(const struct rule *r, const struct comparison *c)
{
	struct measure m = compare_measure(r->field, c);

	return judge(r, m, 0);
}
