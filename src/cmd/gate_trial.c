#include "cmd/gate_trial.h"

#include <stdio.h>
#include "analysis/standing.h"
#include "base/cleanup.h"
#include "sink/trial.h"

static void add(struct judged_pool *p, enum judged_verdict verdict, const char *name, const char *text)
{
	const struct judged_check check = { verdict, (char *)name, (char *)text, UNKNOWN };

	judged_add_check(p, &check);
}

/* That one variant did not run fails no others: of a trial in which none did the run itself failed. */
static void add_runs(struct judged_pool *p, const struct trial_variant *v, size_t asked)
{
	cleanup(buf_release) struct buf text = { 0 };

	buf_printf(&text, "%zu of %zu runs", v->runs, asked);
	if (v->error)
		buf_printf(&text, ": %s", v->error);
	add(p, v->error ? JUDGED_SKIPPED : JUDGED_PASSED, "runs", text.data);
}

/* One that did not take has shown nothing, which is neither good nor bad. */
static void add_applied(struct judged_pool *p, const struct trial_variant *v)
{
	cleanup(buf_release) struct buf text = { 0 };

	if (v->applied == TRIAL_NOT_APPLIED)
		buf_adds(&text, "it did not take");
	if (v->applied == TRIAL_UNKNOWN)
		buf_adds(&text, "it cannot be seen whether it took");
	if (v->evidence && *v->evidence)
		buf_printf(&text, "%s%s", text.len ? ": " : "", v->evidence);
	add(p, v->applied == TRIAL_APPLIED ? JUDGED_PASSED : JUDGED_SKIPPED, "applied", text.data ?: "");
}

static void add_verdict(struct judged_pool *p, const struct trial_variant *v)
{
	if (v->verdict != TRIAL_NONE)
		add(p, JUDGED_PASSED, "against the baseline", trial_verdict_name(v->verdict));
}

void gate_trial(struct gate *g, const struct trial *t)
{
	struct standing s;

	g->first = true;
	trial_markdown(&g->above, t);
	for (size_t i = 0; i < t->n; i++) {
		const struct trial_variant *v = &t->variants[i];
		struct judged_pool *p = judged_add_pool(&g->judged, v->name);

		add_runs(p, v, t->runs);
		if (i) {
			add_applied(p, v);
			add_verdict(p, v);
		}
		standing_of_variant(v, &s);
		judged_add_series(&g->judged, v->name, &s);
		if (!i)
			gate_standing(g, &s);
	}
}
