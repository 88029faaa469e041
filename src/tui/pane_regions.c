#include "tui/pane.h"

#include <stdio.h>
#include "base/units.h"
#include "model/field.h"
#include "tui/format.h"
#include "tui/spark.h"
#include "tui/table.h"
#include "tui/thresholds.h"

enum region_column {
	R_KIND, R_SIZE, R_RSS, R_BAR, R_SHARED, R_ORPHANED, R_COW, R_RATIO, R_COW_FILE, R_NEW, R_FILE,
	R_ADDRESS, R_NAME,
};

static const struct head heads[] = {
	[R_KIND] = {"KIND", 6, 0, 0, true},
	[R_SIZE] = {"SIZE", 8, 4, 0, false},
	[R_RSS] = {"RSS", 7, 2, 0, false},
	[R_BAR] = {"RESIDENT", 10, 5, 28, true},
	[R_SHARED] = {"SHARED", 7, 3, 0, false},
	[R_ORPHANED] = {"ORPHAN", 7, 9, 0, false},
	[R_COW] = {"COW", 7, 0, 0, false},
	[R_RATIO] = {"COW%", 5, 1, 0, false},
	[R_COW_FILE] = {"COWFILE", 7, 7, 0, false},
	[R_NEW] = {"NEW", 7, 6, 0, false},
	[R_FILE] = {"FILE", 7, 8, 0, false},
	[R_ADDRESS] = {"ADDRESS", 12, 10, 0, false},
	[R_NAME] = {"NAME", 8, 1, 1000, true},
};

/* The sum of some regions, or one. */
struct time_range {
	figure bytes;
	struct page_figures pages;
};

static struct time_range part_of(const struct region *r)
{
	const struct page_facts *p = &r->pages;

	return (struct time_range){
		.bytes = (figure)(r->end - r->start),
		.pages = {
			.shared = figure_of(p->shared), .orphaned = figure_of(p->orphaned),
			.cow_broken = figure_of(p->cow_broken), .cow_file = figure_of(p->cow_file),
			.new = figure_of(p->new), .file = figure_of(p->file),
			.swapped = figure_of(p->swapped),
		},
	};
}

static void add_part(struct time_range *to, const struct region *r)
{
	struct time_range one = part_of(r);
	figure *sum = &to->pages.shared;
	const figure *add = &one.pages.shared;
	size_t i;

	to->bytes += one.bytes;
	for (i = 0; i < sizeof(to->pages) / sizeof(*sum); i++)
		sum[i] += add[i];
}

/* Which pages are in doubt is not kept: what there is of a class in a part has the label of the whole. */
static struct measure labelled(figure bytes, struct measure whole)
{
	return (struct measure){
		.value = bytes, .low = bytes, .high = bytes, .label = bytes > 0 ? whole.label : LABEL_NONE,
	};
}

static void draw_part(const struct screen_table *t, int row, const struct time_range *part,
		      const struct proc_snapshot *proc, figure page_size, enum paint paint)
{
	const struct page_figures *f = &part->pages;
	figure inherited = f->shared + f->orphaned + f->cow_broken;
	figure ratio = inherited > 0 ? f->cow_broken / inherited : UNKNOWN;
	figure rss = inherited + f->cow_file + f->new + f->file;
	char text[32];

	table_put(t, R_SIZE, row, paint, units_format_mib(text, part->bytes));
	table_put(t, R_RSS, row, paint, units_format_mib(text, rss * page_size));
	if (t->at[R_BAR] >= 0 && rss > 0)
		bar_draw(t->cells, row, t->at[R_BAR], t->width[R_BAR], f);
	table_put(t, R_SHARED, row, paint, measure_mib(text, labelled(f->shared * page_size, PROCESS_MEASURE(proc, pages.shared))));
	table_put(t, R_ORPHANED, row, paint,
		  measure_mib(text, labelled(f->orphaned * page_size, PROCESS_MEASURE(proc, pages.orphaned))));
	table_put(t, R_COW, row, f->cow_broken > 0 ? PAINT_COW : paint,
		  measure_mib(text, labelled(f->cow_broken * page_size, PROCESS_MEASURE(proc, pages.cow_broken))));
	table_put(t, R_RATIO, row, ratio_paint(ratio),
		  format_marked_percent(text, labelled(ratio, PROCESS_MEASURE(proc, cow_broken_ratio))));
	table_put(t, R_COW_FILE, row, f->cow_file > 0 ? PAINT_COW_FILE : paint,
		  measure_mib(text, labelled(f->cow_file * page_size, PROCESS_MEASURE(proc, pages.cow_file))));
	table_put(t, R_NEW, row, paint,
		  measure_mib(text, labelled(f->new * page_size, PROCESS_MEASURE(proc, pages.new))));
	table_put(t, R_FILE, row, paint, units_format_mib(text, f->file * page_size));
}

static void draw_kinds(const struct address_space *a, const struct proc_snapshot *proc,
		       const struct screen_table *t, struct page *p, figure page_size)
{
	size_t i, n;
	char text[32];
	int kind, row;

	for (kind = 0; kind < REGION_KINDS; kind++) {
		struct time_range part = {0};

		for (i = n = 0; i < a->nregions; i++) {
			if (a->regions[i].kind != (enum region_kind)kind)
				continue;
			add_part(&part, &a->regions[i]);
			n++;
		}
		if (!n)
			continue;
		row = page_line(p);
		table_put(t, R_KIND, row, PAINT_LABEL, region_kind_name(kind));
		draw_part(t, row, &part, proc, page_size, PAINT_PLAIN);
		snprintf(text, sizeof(text), "all %zu", n);
		table_put(t, R_NAME, row, PAINT_DIM, text);
	}
}

static void draw_region(const struct region *r, const struct proc_snapshot *proc, const struct screen_table *t,
			int row, figure page_size)
{
	struct time_range part = part_of(r);
	char text[32];

	table_put(t, R_KIND, row, PAINT_DIM, region_kind_name(r->kind));
	draw_part(t, row, &part, proc, page_size, PAINT_PLAIN);
	snprintf(text, sizeof(text), "%llx", (unsigned long long)r->start);
	table_put(t, R_ADDRESS, row, PAINT_DIM, text);
	table_put_foreign(t, R_NAME, row, PAINT_PLAIN, r->name, 0);
}

void pane_regions(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	figure page_size = (figure)m->shown->facts->host.page_size;
	const struct proc_snapshot *proc;
	const struct address_space *a;
	struct screen_table t;
	size_t i;

	proc = pane_subject(m, ui, p, "regions");
	if (!proc)
		return;
	a = pane_space(m, ui, p);
	if (!a)
		return;
	table_fit(&t, heads, sizeof(heads) / sizeof(*heads), 0, p->cells, p->left, p->columns);
	table_heads(&t, page_head(p), -1);
	draw_kinds(a, proc, &t, p, page_size);
	page_line(p);
	for (i = 0; i < a->nregions; i++)
		draw_region(&a->regions[i], proc, &t, page_line(p), page_size);
}
