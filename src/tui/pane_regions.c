#include "tui/pane.h"

#include <stdio.h>
#include "base/units.h"
#include "model/field.h"
#include "tui/format.h"
#include "tui/pane_process.h"
#include "tui/spark.h"
#include "tui/table.h"
#include "tui/thresholds.h"

/* clang-format off */
enum region_column {
	R_KIND, R_SIZE, R_RSS, R_BAR, R_SHARED, R_ORPHANED, R_COW, R_RATIO, R_COW_FILE, R_NEW, R_FILE,
	R_ADDRESS, R_NAME,
};
/* clang-format on */

/* clang-format off */
static const struct head heads[] = {
	[R_KIND] = {"KIND", 6, 0, 0, true},
	[R_SIZE] = {"SIZE", 8, 4, 0, false},
	[R_RSS] = {"RSS", 7, 2, 0, false},
	[R_BAR] = {"RESIDENT", 10, 5, 28, true},
	[R_SHARED] = {"SHARED", 7, 3, 0, false},
	[R_ORPHANED] = {"ORPH", 7, 9, 0, false},
	[R_COW] = {"COW", 7, 0, 0, false},
	[R_RATIO] = {"COW%", 5, 1, 0, false},
	[R_COW_FILE] = {"FILECOW", 7, 7, 0, false},
	[R_NEW] = {"NEW", 7, 6, 0, false},
	[R_FILE] = {"FILE", 7, 8, 0, false},
	[R_ADDRESS] = {"ADDRESS", 12, 10, 0, false},
	[R_NAME] = {"NAME", 8, 1, 1000, true},
};
/* clang-format on */

/* One region, or the sum of some. */
struct region_sum {
	figure bytes;
	struct page_figures pages;
};

/* The table, and the process whose regions its lines are. */
struct region_table {
	struct screen_table t;
	const struct proc_snapshot *proc;
	figure page_size;
};

static struct region_sum sum_of(const struct region *r)
{
	const struct page_facts *p = &r->pages;

	return (struct region_sum){
		.bytes = (figure)(r->end - r->start),
		.pages = {
			.shared = figure_of(p->shared), .orphaned = figure_of(p->orphaned),
			.cow_broken = figure_of(p->cow_broken), .cow_file = figure_of(p->cow_file),
			.new = figure_of(p->new), .file = figure_of(p->file),
			.swapped = figure_of(p->swapped),
		},
	};
}

static void add_region(struct region_sum *to, const struct region *r)
{
	struct region_sum one = sum_of(r);
	figure *sum = &to->pages.shared;
	const figure *add = &one.pages.shared;
	size_t i;

	to->bytes += one.bytes;
	for (i = 0; i < sizeof(to->pages) / sizeof(*sum); i++)
		sum[i] += add[i];
}

/* Which pages of a class are in doubt is not known by region: each region has the label of the whole
 * process. */
static struct measure labelled(figure part, struct measure whole)
{
	return (struct measure){
		.value = part,
		.low = part,
		.high = part,
		.label = part > 0 ? whole.label : LABEL_NONE,
	};
}

static void put_pages(const struct region_table *r, int column, int row, enum paint paint, figure pages,
		      struct measure whole)
{
	char text[32];

	table_put(&r->t, column, row, paint, measure_mib(text, labelled(pages * r->page_size, whole)));
}

static void draw_sum(const struct region_table *r, int row, const struct region_sum *sum)
{
	const struct page_figures *f = &sum->pages;
	figure inherited = pages_inherited(f), ratio = inherited > 0 ? f->cow_broken / inherited : UNKNOWN;
	figure rss = inherited + f->cow_file + f->new + f->file;
	char text[32];

	table_put(&r->t, R_SIZE, row, PAINT_PLAIN, units_format_mib(text, sum->bytes));
	table_put(&r->t, R_RSS, row, PAINT_PLAIN, units_format_mib(text, rss * r->page_size));
	if (r->t.at[R_BAR] >= 0 && rss > 0)
		bar_draw(r->t.cells, row, r->t.at[R_BAR], r->t.width[R_BAR], f);
	put_pages(r, R_SHARED, row, PAINT_PLAIN, f->shared, PROCESS_MEASURE(r->proc, pages.shared));
	put_pages(r, R_ORPHANED, row, PAINT_PLAIN, f->orphaned, PROCESS_MEASURE(r->proc, pages.orphaned));
	put_pages(r, R_COW, row, f->cow_broken > 0 ? PAINT_COW : PAINT_PLAIN, f->cow_broken,
		  PROCESS_MEASURE(r->proc, pages.cow_broken));
	table_put(&r->t, R_RATIO, row, ratio_paint(ratio),
		  format_marked_percent(text, labelled(ratio, PROCESS_MEASURE(r->proc, cow_broken_ratio))));
	put_pages(r, R_COW_FILE, row, f->cow_file > 0 ? PAINT_COW_FILE : PAINT_PLAIN, f->cow_file,
		  PROCESS_MEASURE(r->proc, pages.cow_file));
	put_pages(r, R_NEW, row, PAINT_PLAIN, f->new, PROCESS_MEASURE(r->proc, pages.new));
	table_put(&r->t, R_FILE, row, PAINT_PLAIN, units_format_mib(text, f->file * r->page_size));
}

/* The sum of the regions of a kind, and how many these are. */
static struct region_sum sum_of_kind(const struct address_space *a, enum region_kind kind, size_t *ret_n)
{
	struct region_sum sum = { 0 };
	size_t i;

	*ret_n = 0;
	for (i = 0; i < a->nregions; i++) {
		if (a->regions[i].kind != kind)
			continue;
		add_region(&sum, &a->regions[i]);
		++*ret_n;
	}
	return sum;
}

static void draw_kinds(const struct region_table *r, const struct address_space *a, struct page *p)
{
	enum region_kind kind;
	char text[32];
	size_t n;
	int row;

	for (kind = 0; kind < REGION_KINDS; kind++) {
		struct region_sum sum = sum_of_kind(a, kind, &n);

		if (!n)
			continue;
		row = page_line(p);
		table_put(&r->t, R_KIND, row, PAINT_LABEL, region_kind_name(kind));
		draw_sum(r, row, &sum);
		snprintf(text, sizeof(text), "all %zu", n);
		table_put(&r->t, R_NAME, row, PAINT_DIM, text);
	}
}

static void draw_region(const struct region_table *r, const struct region *region, int row)
{
	struct region_sum sum = sum_of(region);
	char text[32];

	table_put(&r->t, R_KIND, row, PAINT_DIM, region_kind_name(region->kind));
	draw_sum(r, row, &sum);
	snprintf(text, sizeof(text), "%llx", (unsigned long long)region->start);
	table_put(&r->t, R_ADDRESS, row, PAINT_DIM, text);
	table_put_foreign(&r->t, R_NAME, row, PAINT_PLAIN, region->name, 0);
}

/* A line each kind and each region, and a blank one between. */
static void height(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	struct pane_process s = pane_process_find(m, ui);
	bool there[REGION_KINDS] = { 0 };
	size_t i;

	if (!pane_process_height(&s, p))
		return;
	page_head(p);
	for (i = 0; i < s.space->nregions; i++) {
		p->lines += !there[s.space->regions[i].kind];
		there[s.space->regions[i].kind] = true;
	}
	p->lines += 1 + (int)s.space->nregions;
}

static void draw(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	struct pane_process s = pane_process_find(m, ui);
	struct region_table r = { .proc = s.proc, .page_size = (figure)m->shown->facts->host.page_size };
	size_t i;

	if (!pane_process_draw(&s, p, "regions"))
		return;
	table_fit(&r.t, heads, sizeof(heads) / sizeof(*heads), 0, p->cells, p->left, p->columns);
	table_heads(&r.t, page_head(p), -1);
	draw_kinds(&r, s.space, p);
	page_line(p);
	for (i = 0; i < s.space->nregions; i++)
		draw_region(&r, &s.space->regions[i], page_line(p));
}

const struct pane pane_regions = {
	.name = "regions",
	.share = 60,
	.in_round = true,
	.of_process = true,
	.wants_space = true,
	.height = height,
	.draw = draw,
};
