#include "cmd/gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "analysis/baseline_text.h"
#include "analysis/rule_judged.h"
#include "analysis/rule_text.h"
#include "analysis/standing.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "cmd/baseline_file.h"
#include "cmd/gate_write.h"
#include "cmd/output.h"
#include "cmd/stories.h"

/* What a baseline may be exceeded by when nobody says. */
#define TOLERANCE 0.05

int gate_open(struct gate *g, const struct gate_settings *set, struct err *err)
{
	g->set = set;
	standing_clear(&g->now);
	for (size_t i = 0; i < GATE_FILES; i++) {
		if (set->files[i] && atomic_file_open(&g->files[i], set->files[i], err) < 0)
			return -1;
	}
	if (!set->baselines.n)
		return 0;
	return baseline_load(set->baselines.items, set->baselines.n, set->variant, &g->before, err);
}

/* ---- pools */

static struct judged_pool *last_pool(struct gate *g)
{
	return &g->judged.pools[g->judged.n - 1];
}

void gate_pool(struct gate *g, const char *name)
{
	judged_add_pool(&g->judged, name ?: "");
	g->began_ns = clock_now();
	if (!g->recorded)
		standing_clear(&g->now);
}

void gate_keep(struct gate *g, const struct snapshot *snap)
{
	struct judged_pool *p = last_pool(g);

	p->time_ns = snap->facts->time_ns;
	if (!*p->name) {
		free(p->name);
		p->name = xstrdup(*snap->command ? snap->command : "pool");
	}
	standing_of_snapshot(snap, &g->now);
}

static void add_check(struct judged_pool *p, enum judged_verdict verdict, const char *name, const char *text,
		      figure beyond)
{
	const struct judged_check check = { verdict, (char *)name, (char *)text, beyond };

	judged_add_check(p, &check);
}

/* That there is a pool, and how well it could be looked at. */
static void add_pool_check(struct gate *g, struct judged_pool *p)
{
	cleanup(buf_release) struct buf text = { 0 };

	if (known(g->now.workers))
		buf_printf(&text, "%.15g workers, ", g->now.workers);
	if (g->now.runs)
		buf_printf(&text, "level %s", level_name(g->now.level));
	else
		buf_adds(&text, "compared");
	add_check(p, JUDGED_PASSED, "pool", text.data, UNKNOWN);
}

void gate_rules(struct gate *g, const struct fail_if *rules)
{
	struct judged_pool *p = last_pool(g);

	p->took_s = (figure)(clock_now() - g->began_ns) / SECOND;
	add_pool_check(g, p);
	for (size_t i = 0; i < rules->n; i++) {
		const struct fail_if_rule *rule = &rules->items[i];
		cleanup(buf_release) struct buf line = { 0 };

		rule_tell(&line, &rule->rule, &rule->result, rule->why);
		add_check(p, rule_judged(rule->result.verdict), rule->rule.text, strchr(line.data, ' ') + 1,
			  rule_beyond(&rule->rule, &rule->result));
	}
}

/* Who writes neither figures nor compares them needs no recording read. */
static bool needs_figures(const struct gate_settings *set)
{
	return set->baselines.n || set->files[GATE_METRICS] || set->files[GATE_BENCHMARK] ||
	       set->files[GATE_MARKDOWN];
}

int gate_recordings(struct gate *g, const char *const *paths, size_t n, const struct story_request *how,
		    struct err *err)
{
	cleanup(stories_release) struct stories told = { 0 };
	struct compare_runs runs;
	struct standing now;

	if (!needs_figures(g->set))
		return 0;
	if (stories_load(paths, n, how, &told, err) < 0)
		return -1;
	runs = stories_runs(&told, 0);
	standing_of_runs(&runs, &now);
	gate_standing(g, &now);
	return 0;
}

void gate_standing(struct gate *g, const struct standing *now)
{
	g->now = *now;
	g->recorded = true;
}

/* ---- the baseline */

/* Where checks of the baseline stand: with the pool that is compared, or with all of several runs. */
static struct judged_pool *pool_of_baseline(struct gate *g)
{
	char name[64];

	if (g->judged.n == 1 || g->first)
		return g->judged.pools;
	snprintf(name, sizeof(name), "all %zu runs", g->judged.n);
	return judged_add_pool(&g->judged, name);
}

static void say_check(enum judged_verdict v, const char *text)
{
	cleanup(buf_release) struct buf line = { 0 };

	buf_printf(&line, "%s baseline: %s",
		   v == JUDGED_FAILED ? "FAIL" :
		   v == JUDGED_ERROR  ? "ERROR" :
					"PASS",
		   text);
	say_plain(line.data);
}

static enum judged_verdict add_row(struct judged_pool *p, const struct baseline_row *row, figure tolerance)
{
	enum judged_verdict v = baseline_judged(row->verdict);
	cleanup(buf_release) struct buf text = { 0 };
	char name[80];

	if (v == JUDGED_SKIPPED)
		return v;
	baseline_tell(&text, row, tolerance);
	snprintf(name, sizeof(name), "baseline: %s", row->field->process_key);
	add_check(p, v, name, text.data, v == JUDGED_ERROR ? UNKNOWN : baseline_beyond(row));
	if (v != JUDGED_PASSED)
		say_check(v, text.data);
	return v;
}

/* How many are no worse, in a line; nothing that could be compared is no pass. */
static enum judged_verdict tell_rest(struct judged_pool *p, size_t passed, size_t judged, figure tolerance)
{
	char text[120];

	if (!judged) {
		snprintf(text, sizeof(text), "no figure that it tells is known now");
		add_check(p, JUDGED_ERROR, "baseline", text, UNKNOWN);
		say_check(JUDGED_ERROR, text);
		return JUDGED_ERROR;
	}
	snprintf(text, sizeof(text), "%zu of %zu figures no worse (tolerance %.15g %%)", passed, judged,
		 100 * tolerance);
	if (passed)
		say_check(JUDGED_PASSED, text);
	return JUDGED_PASSED;
}

static enum status judge_baseline(struct gate *g)
{
	figure tolerance = g->set->tolerance.given ? g->set->tolerance.part : TOLERANCE;
	struct baseline_row rows[COMPARE_ROWS];
	size_t n = baseline_judge(&g->before, &g->now, tolerance, rows), of[JUDGED_FAILED + 1] = { 0 };
	struct judged_pool *p = pool_of_baseline(g);

	for (size_t i = 0; i < n; i++)
		of[add_row(p, &rows[i], tolerance)]++;
	of[tell_rest(p, of[JUDGED_PASSED], n - of[JUDGED_SKIPPED], tolerance)]++;
	if (of[JUDGED_ERROR])
		return STATUS_FAILED;
	return of[JUDGED_FAILED] ? STATUS_RULE_HELD : STATUS_OK;
}

/* ---- the end */

/* The run itself failed: what there is of its pool is an error. */
static void add_failure(struct gate *g, const char *message)
{
	struct judged_pool *p = g->judged.n ? last_pool(g) : judged_add_pool(&g->judged, "");

	if (!*p->name) {
		free(p->name);
		p->name = xstrdup("pool");
	}
	if (!known(p->took_s) && g->began_ns)
		p->took_s = (figure)(clock_now() - g->began_ns) / SECOND;
	add_check(p, JUDGED_ERROR, "run", message, UNKNOWN);
}

/* A failed check that cannot be judged outweighs one that failed. */
static enum status worse(enum status a, enum status b)
{
	if (a == STATUS_OK || b == STATUS_OK)
		return a == STATUS_OK ? b : a;
	return a == STATUS_RULE_HELD ? b : a;
}

int gate_end(struct gate *g, int r, struct err *err)
{
	bool failed = r < 0 && *err->msg;
	enum status status = r < 0 ? err->status : STATUS_OK;
	struct err writing = { 0 };

	if (failed)
		add_failure(g, err->msg);
	else if (g->set->baselines.n)
		status = worse(status, judge_baseline(g));
	if (!failed && !g->judged.nseries && g->now.runs)
		judged_add_series(&g->judged, NULL, &g->now);
	if (gate_write(g->set, g->files, &g->judged, &g->above, &writing) < 0) {
		if (!failed)
			*err = writing;
		else if (*writing.msg)
			say("%s", writing.msg);
		return -1;
	}
	if (failed)
		return -1;
	err->status = status;
	return status == STATUS_OK ? 0 : -1;
}

void gate_close(struct gate *g)
{
	for (size_t i = 0; i < GATE_FILES; i++)
		atomic_file_release(&g->files[i]);
	judged_release(&g->judged);
	buf_release(&g->above);
}
