#include "tui/pane.h"

#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "tui/format.h"
#include "tui/table.h"
#include "tui/thresholds.h"

#define NO_GROUPS "No settings of a collector were read, so the workers form no groups."
#define FINDING_INDENT 4

enum group_column { G_N, G_GC, G_SHARED, G_COW, G_RATIO, G_RATE, G_MINOR, G_FULL, G_FIRST, G_LATER, G_PIDS };

static const struct head heads[] = {
	[G_N] = { "N", 3, 0, 0, false },
	[G_GC] = { "GC", 19, 1, 32, true },
	[G_SHARED] = { "SHARED", 7, 2, 0, false },
	[G_COW] = { "COW", 7, 0, 0, false },
	[G_RATIO] = { "COW%", 5, 0, 0, false },
	[G_RATE] = { "+COW/s", 6, 3, 0, false },
	[G_MINOR] = { "MINFLT/s", 8, 4, 0, false },
	[G_FULL] = { "FULL", 5, 5, 0, false },
	[G_FIRST] = { "1ST", 5, 6, 0, false },
	[G_LATER] = { "LATER", 5, 6, 0, false },
	[G_PIDS] = { "PIDS", 8, 7, 1000, true },
};

static void draw_group(const struct gc_group *g, const struct screen_table *t, int row)
{
	cleanup(buf_release) struct buf pids = { 0 };
	char text[64];
	size_t i;

	table_put(t, G_N, row, PAINT_PLAIN, units_format_count(text, (double)g->npids));
	table_put(t, G_GC, row, g->enabled == 0 || g->frozen > 0 ? PAINT_GOOD : PAINT_PLAIN,
		  format_gc(text, g->runtime, g->enabled, g->thresholds, g->frozen));
	table_put(t, G_SHARED, row, PAINT_PLAIN,
		  measure_mib(text, measure_make(g->shared_bytes_mean, UNKNOWN, g->estimated)));
	table_put(t, G_COW, row, PAINT_PLAIN,
		  measure_mib(text, measure_make(g->cow_broken_bytes_mean, g->cow_broken_bytes_least,
						 g->estimated)));
	table_put(t, G_RATIO, row, ratio_paint(g->cow_broken_ratio),
		  format_marked_percent(text, measure_make(g->cow_broken_ratio, g->cow_broken_ratio_least,
							   g->estimated)));
	table_put(t, G_RATE, row, PAINT_PLAIN,
		  measure_count(text, measure_make(g->cow_per_s_mean, g->cow_per_s_least, g->estimated)));
	table_put(t, G_MINOR, row, PAINT_PLAIN, units_format_count(text, gc_group_minor_per_s(g)));
	table_put(t, G_FULL, row, PAINT_PLAIN, units_format_count(text, g->full_collections));
	table_put(t, G_FIRST, row, PAINT_PLAIN, units_format_mib(text, g->first_full_collection_bytes));
	table_put(t, G_LATER, row, PAINT_PLAIN, units_format_mib(text, g->later_full_collection_bytes));
	for (i = 0; i < g->npids && pids.len < 200; i++)
		buf_printf(&pids, "%s%d", i ? " " : "", g->pids[i]);
	if (pids.len)
		table_put_foreign(t, G_PIDS, row, PAINT_DIM, pids.data, 0);
}

/* What a worker of the group with the most shares and has copied: the scale of the comparison; 0: there
 * is none. */
static figure most_of(const struct snapshot *s)
{
	figure most = 0;
	size_t i;

	for (i = 0; i < s->ngc_groups; i++)
		most = fmax(most, s->gc_groups[i].shared_bytes_mean + s->gc_groups[i].cow_broken_bytes_mean);
	return most;
}

/* Side by side, on one scale: what a worker of each group shares and what it has copied. */
static void draw_comparison(const struct snapshot *s, struct page *p)
{
	bool ascii = p->cells->ascii;
	figure most = most_of(s);
	char name[24];
	size_t i;

	if (most <= 0)
		return;
	page_line(p);
	page_say(p, PAINT_DIM, "a worker of each: what it still shares, what it has copied");
	for (i = 0; i < s->ngc_groups; i++) {
		const struct gc_group *g = &s->gc_groups[i];
		int width = p->columns - 5, row = page_line(p);
		int shared = (int)lround(g->shared_bytes_mean / most * width);
		int both = (int)lround((g->shared_bytes_mean + g->cow_broken_bytes_mean) / most * width);

		if (!known(g->shared_bytes_mean + g->cow_broken_bytes_mean))
			continue;
		snprintf(name, sizeof(name), "%zu", g->npids);
		cells_print_right(p->cells, row, p->left, 4, PAINT_PLAIN, name);
		cells_fill(p->cells, row, p->left + 5, shared, PAINT_SHARED, ascii ? "." : "░");
		cells_fill(p->cells, row, p->left + 5 + shared, both - shared, PAINT_COW, ascii ? "#" : "█");
	}
}

static void draw_finding(const struct finding *f, struct page *p)
{
	page_entry(p, FINDING_INDENT, PAINT_WARN, p->cells->ascii ? "*" : "•", PAINT_PLAIN, f->text);
}

static void height(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	const struct snapshot *s = m->shown;
	int groups = (int)s->ngc_groups;
	size_t i;

	page_head(p);
	p->lines += groups ? groups : page_wrap_lines(p, 0, NO_GROUPS);
	if (most_of(s) > 0)
		p->lines += 2 + groups;
	if (s->nfindings)
		p->lines += 2;
	for (i = 0; i < s->nfindings; i++)
		p->lines += page_entry_lines(p, FINDING_INDENT, s->findings[i].text);
}

static void draw(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	const struct snapshot *s = m->shown;
	struct screen_table t;
	size_t i;

	table_fit(&t, heads, sizeof(heads) / sizeof(*heads), 0, p->cells, p->left, p->columns);
	table_heads(&t, page_head(p), -1);
	for (i = 0; i < s->ngc_groups; i++)
		draw_group(&s->gc_groups[i], &t, page_line(p));
	if (!s->ngc_groups)
		page_wrap(p, 0, PAINT_DIM, NO_GROUPS);
	draw_comparison(s, p);
	if (s->nfindings) {
		page_line(p);
		page_say(p, PAINT_LABEL, "What follows");
	}
	for (i = 0; i < s->nfindings; i++)
		draw_finding(&s->findings[i], p);
}

const struct pane pane_groups = {
	.name = "groups",
	.share = 45,
	.in_round = true,
	.height = height,
	.draw = draw,
};
