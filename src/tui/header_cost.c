#include "tui/header_cost.h"

#include <inttypes.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "tui/format.h"
#include "tui/line.h"
#include "tui/thresholds.h"

static void add_count(struct line *l, int order, enum paint paint, const char *name, figure count)
{
	char text[16];

	line_add(l, order, known(count) ? paint : PAINT_DIM, name, "%s", units_format_count(text, count));
}

#define GAPS_MAX 8

/* The kinds of gaps of the forked processes, each once. */
static int list_gaps(const struct snapshot *s, const struct gap *ret[static GAPS_MAX])
{
	int n = 0, seen;
	size_t i, k;

	for (i = 0; i < s->nprocs; i++) {
		const struct proc_sample *p = s->procs[i].facts;

		for (k = 0; p->forked && k < p->ngaps && n < GAPS_MAX; k++) {
			for (seen = 0; seen < n && strcmp(ret[seen]->what, p->gaps[k].what); seen++)
				;
			if (seen == n)
				ret[n++] = &p->gaps[k];
		}
	}
	return n;
}

static void add_gaps(struct line *l, int order, const struct snapshot *s)
{
	cleanup(buf_release) struct buf text = { 0 };
	const struct gap *gaps[GAPS_MAX];
	int n = list_gaps(s, gaps);

	if (!n)
		return;
	text_clean(&text, gaps[0]->what, strlen(gaps[0]->what));
	buf_adds(&text, ": ");
	text_clean(&text, gaps[0]->needs, strlen(gaps[0]->needs));
	if (n > 1)
		buf_printf(&text, " +%d more", n - 1);
	line_add(l, order, PAINT_WARN, "missing", "%s", text.data);
}

/* Samples lost since the watch began; rate and cost since the snapshot before. */
static void add_stacks(struct line *l, const struct ui_stacks *s)
{
	char rate[16], cpu[32];
	uint64_t lost = s->report->facts->lost;

	line_add(l, 0, lost ? PAINT_WARN : PAINT_PLAIN, "stacks", "%s/s, %" PRIu64 " lost, %s%% cpu",
		 units_format_count(rate, s->per_s), lost, format_percent(cpu, s->cpu));
}

/* The budget, and what waits because of it. */
static void add_budget(struct line *l, const struct ui_model *m)
{
	const struct snapshot *s = m->shown;
	char cpu[32], budget[32], age[16];
	figure own = s->own_cpu, most = figure_of(s->facts->budget_ppm) / 1e6;

	line_add(l, m->stacks.report ? 1 : 0, own_cpu_paint(own, most), "cpu", "%s%s of %s%%",
		 format_percent(cpu, own), known(own) ? "%" : "", format_percent(budget, most));
	if (m->stretched_s > 0 && !m->playback)
		line_add(l, 1, PAINT_WARN, "every", "%ss -> %ss", format_hundredths(cpu, m->wanted_s),
			 format_hundredths(budget, m->stretched_s));
	if (s->pool.pages_age_s > 0)
		line_add(l, 0, PAINT_WARN, "pages", "%s old", units_format_age(age, s->pool.pages_age_s));
	if (s->deferred)
		add_count(l, 3, PAINT_WARN, "deferred", (figure)s->deferred);
}

void header_cost(const struct ui_model *m, struct cells *c, int row, int column, int width)
{
	const struct sample *s = m->shown->facts;
	struct line l = { .label = "COST" };
	char text[32];

	/* The CPU that a replay takes is no cost of the pool. */
	if (s->budget_ppm != ABSENT)
		add_budget(&l, m);
	else if (!m->playback)
		line_add(&l, m->stacks.report ? 1 : 0, own_cpu_paint(m->own_cpu, OWN_CPU_MUCH), "cpu", "%s%s",
			 format_percent(text, m->own_cpu), known(m->own_cpu) ? "%" : "");
	if (!m->playback && m->stacks.report)
		add_stacks(&l, &m->stacks);
	line_add(&l, 1, m->shown->level == LEVEL_EXACT ? PAINT_GOOD : PAINT_WARN, "level", "%s",
		 level_name(m->shown->level));
	add_gaps(&l, 2, m->shown);
	if (m->late_s > 0)
		line_add(&l, 1, PAINT_WARN, "late", "%ss", format_hundredths(text, m->late_s));
	if (m->late_ticks)
		add_count(&l, 5, PAINT_PLAIN, "late ticks", m->late_ticks);
	if (s->walked != ABSENT)
		add_count(&l, 4, PAINT_PLAIN, "walked", figure_of(s->walked));
	if (s->skipped != ABSENT)
		add_count(&l, 4, PAINT_PLAIN, "skipped", figure_of(s->skipped));
	line_add(&l, 3, PAINT_PLAIN, "sample", "%sms", format_count(text, (figure)s->cost_ns / 1e6));
	line_draw(&l, c, row, column, width);
}
