#include "analysis/rule.h"

#include <math.h>
#include <string.h>
#include "analysis/rule_limit.h"
#include "analysis/rule_mistake.h"

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
	for (size_t i = first; i <= last; i++) {
		const char *name = rule_scope_name((enum rule_scope)i);
		size_t n = strlen(name);

		if (!strncmp(s, name, n) && s[n] == '.') {
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

/* What comes after the scope. */
static int parse_rest(struct rule r, const char *at, struct rule *ret, struct err *err)
{
	size_t len = strcspn(at, " \t<>=!");
	char key[64], limit[64];
	const char *op, *end;

	if (!take(key, sizeof(key), at, len))
		return err_set(err, STATUS_USAGE, "rule '%.120s': no figure has so long a name", r.text);
	r.field = rule_key_find(r.scope, key);
	if (!r.field)
		return rule_no_key(&r, key, err);
	op = skip_blanks(at + len);
	at = strncmp(op, "<>", 2) != 0 ? take_op(op, &r.op) : NULL;
	if (!at)
		return rule_no_operator(&r, op, err);
	at = skip_blanks(at);
	for (end = at + strlen(at); end > at && is_blank(end[-1]); end--)
		;
	if (!take(limit, sizeof(limit), at, (size_t)(end - at)))
		return err_set(err, STATUS_USAGE, "rule '%.120s': no number is so long", r.text);
	if (rule_take_limit(&r, limit, err) < 0)
		return -1;
	*ret = r;
	return 0;
}

static int parse(const char *text, enum rule_scope first, enum rule_scope last, struct rule *ret,
		 struct err *err)
{
	struct rule r = { .text = text };
	const char *at;

	if (rule_mistake(text, err) < 0)
		return -1;
	at = take_scope(skip_blanks(text), first, last, &r.scope);
	return at ? parse_rest(r, at, ret, err) : rule_no_scope(text, first == RULE_DIFF, err);
}

int rule_parse(const char *text, struct rule *ret, struct err *err)
{
	return parse(text, RULE_POOL, RULE_WORKER, ret, err);
}

int rule_parse_diff(const char *text, struct rule *ret, struct err *err)
{
	return parse(text, RULE_DIFF, RULE_DIFF, ret, err);
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

/* Of the pool, from whichever table the figure is. */
static struct measure measure_of(const struct field *f, const struct snapshot *s)
{
	if (tally_has(f))
		return tally_measure(f, s);
	return why_has(f) ? why_measure(f, s->why) : field_of_pool(f, s);
}

struct rule_result rule_check(const struct rule *r, const struct snapshot *s)
{
	struct rule_result best = { RULE_UNKNOWN, measure_make(UNKNOWN, UNKNOWN, false), UNKNOWN, 0, 0, 0 },
			   one;
	enum role role = r->scope == RULE_MASTER ? ROLE_MASTER : ROLE_WORKER;
	size_t i, n = 0, held = 0;

	if (r->scope == RULE_POOL)
		return judge(r, measure_of(r->field, s), 0);

	/* Without such a process nothing is known: not a silent pass. */
	for (i = 0; i < s->nprocs; i++) {
		if (s->procs[i].role != role)
			continue;
		one = judge(r, field_of_process(r->field, &s->procs[i]), s->procs[i].facts->pid);
		if (!n || decides(&one, &best))
			best = one;
		n++;
		held += one.verdict == RULE_HOLDS;
	}
	if (role == ROLE_WORKER) {
		best.workers = n;
		best.held = held;
	}
	return best;
}

struct rule_result rule_check_diff(const struct rule *r, const struct comparison *c)
{
	struct measure m = compare_measure(r->field, c);

	return judge(r, m, 0);
}
