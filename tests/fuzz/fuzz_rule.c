/*
 * --fail-if: what is no rule says what is wrong with it, and leaves nothing behind; a rule compares a figure that there
 * is with a number, is the same when it is written anew, and is judged by the figure and told in one line.
 */
#include <math.h>
#include <string.h>
#include "analysis/analysis.h"
#include "analysis/rule.h"
#include "analysis/rule_judged.h"
#include "analysis/rule_text.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "lib/fixture.h"

typedef int (*parse_rule)(const char *text, struct rule *ret, struct err *err);

/* A master and two workers, of which one has copied more than the other, at their second sample. */
static const struct snapshot *pool(void)
{
	static struct snapshot snap;
	static struct sample s[2];
	static struct analysis *a;

	if (a)
		return &snap;
	a = analysis_new();
	for (int i = 0; i < 2; i++) {
		const fact pages[6] = { 900 - 100 * i, 0, 100 * i, 1, 20, 90 };

		fixture_begin(&s[i], i);
		for (pid_t pid = 100; pid < 103; pid++)
			fixture_gc(fixture_add(&s[i], pid, 0, pages), 1, 700, 0)->collections[0] = i * pid;
		snapshot_release(&snap);
		analysis_next(a, &s[i], &snap);
	}
	return &snap;
}

static void check_again(const struct rule *r, parse_rule parse)
{
	static const char *const ops[] = { "<", "<=", ">", ">=", "==", "!=" };
	cleanup(buf_release) struct buf text = { 0 };
	struct rule again;

	if (fabs(r->limit) >= 1e40)
		return;
	buf_printf(&text, "%s.%s %s %.20f", rule_scope_name(r->scope), rule_key(r->scope, r->field),
		   ops[r->op], r->limit);
	must(parse(text.data, &again, NULL) == 0);
	must(again.scope == r->scope && again.field == r->field && again.op == r->op);
	must(fabs(again.limit - r->limit) <= 1e-20);
}

static void check_judged(const struct rule *r)
{
	struct rule_result res = rule_check(r, pool());
	cleanup(buf_release) struct buf line = { 0 };
	double v = res.figure.value;

	must(res.held <= res.workers && res.workers <= 2);
	must(rule_judged(res.verdict) <= JUDGED_FAILED);
	must(res.verdict == RULE_HOLDS ? !(rule_beyond(r, &res) < 0) : !(rule_beyond(r, &res) > 0));
	if (known(v) && r->op == OP_GT && res.figure.label == LABEL_EXACT)
		must(res.verdict == (v > r->limit ? RULE_HOLDS : RULE_CLEAR));
	rule_tell(&line, r, &res, "");
	must(line.len > 8 && !memchr(line.data, '\n', line.len));
}

static void check(const char *text, parse_rule parse, bool judged)
{
	struct rule r = { .limit = 42 };
	struct err err = { 0 };

	if (parse(text, &r, &err) < 0) {
		must(err.status == STATUS_USAGE && *err.msg && r.limit == 42);
		return;
	}
	must(r.field && isfinite(r.limit) && isfinite(r.worth) && r.worth > 0);
	must(memchr(r.unit, '\0', sizeof(r.unit)));
	must(rule_key_find(r.scope, rule_key(r.scope, r.field)) == r.field);
	check_again(&r, parse);
	if (judged)
		check_judged(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = xmemdupz(data, size);

	check(text, rule_parse, true);
	check(text, rule_parse_diff, false);
	return 0;
}
