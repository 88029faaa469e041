#include "tui/pool_view.h"

#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "base/zone.h"
#include "tui/ask.h"
#include "tui/bottom.h"
#include "tui/format.h"
#include "tui/pane.h"
#include "tui/pool_keys.h"
#include "tui/pool_list.h"
#include "tui/sheet.h"
#include "tui/spark.h"
#include "tui/table.h"
#include "tui/thresholds.h"

/* From the top down: the title, heads and rows, what is to be said of the selected pool, the bottom line. */
#define ABOUT_ROWS 3

void pool_view_init(struct ui *ui)
{
	*ui = (struct ui){
		.rows = 24,
		.columns = 80,
		.keys = pool_keys,
		.nkeys = npool_keys,
		.pane = panes[0],
		.before = panes[0],
		.sort = POOL_COPIED,
		.interval_s = 2,
	};
}

enum ui_effect pool_view_key(struct ui *ui, const struct ui_model *m, int code)
{
	const struct key *key;

	ui_say(ui, "");
	if (code != KEY_CODE_CLICK)
		ui->clicked_row = (struct proc_key){ 0 };
	if (ui->ask != ASK_NONE)
		return pool_answer(ui, m, ask_key(ui, code));
	key = key_find(ui, code, key_view_of(m));
	return key ? key->act(ui, m, key) : EFFECT_NONE;
}

static struct page page_of(const struct ui *ui)
{
	int about = ui->rows >= 12 && ui->pane != &pane_help ? ABOUT_ROWS : 0;

	return (struct page){ .top = 1,
			      .rows = ui->rows > about + 2 ? ui->rows - about - 2 : 0,
			      .columns = ui->columns };
}

/* ---- help */

static void help_sheet(const struct ui_model *m, const struct ui *ui, struct sheet *s)
{
	enum { NAMES = 16 };

	pane_help_keys(m, ui, s);
	sheet_blank(s);
	sheet_say(s, PAINT_LABEL, "Columns");
	for (int i = 0; i < POOL_COLUMNS; i++)
		sheet_entry(s, NAMES, PAINT_KEY, pool_heads[i].text, PAINT_PLAIN, pool_heads[i].help);
	sheet_blank(s);
	sheet_say(s, PAINT_LABEL, "Marks");
	sheet_entry(s, NAMES, PAINT_PLAIN, "~ < >", PAINT_PLAIN, "an estimate, at most that, at least that");
	sheet_entry(s, NAMES, PAINT_DIM, "-", PAINT_PLAIN, "not known, which is not nothing");
}

/* ---- agreement */

static void settle_selection(struct ui *ui, const struct pool_row *const *rows, int n)
{
	int at = -1;

	for (int i = 0; i < n; i++)
		if (proc_key_same(rows[i]->key, ui->selected))
			at = i;
	if (at < 0 && n) {
		at = ui->selected.pid && ui->selected_row < n ? ui->selected_row :
		     ui->selected.pid                         ? n - 1 :
								0;
		ui->selected = rows[at]->key;
		ui->reveal = true;
	}
	if (!n)
		ui->selected = (struct proc_key){ 0 };
	ui->selected_row = at < 0 ? 0 : at;
}

static void clamp_scroll(int *scroll, int lines, int rows)
{
	if (*scroll > lines - rows)
		*scroll = lines - rows;
	if (*scroll < 0)
		*scroll = 0;
}

void pool_view_settle(struct ui *ui, const struct ui_model *m)
{
	struct page page = page_of(ui);
	int *scroll = &ui->scroll[pane_number(ui->pane)], n = 0;
	cleanup_free const struct pool_row **rows = NULL;

	if (ui->pane == &pane_help) {
		cleanup(sheet_release) struct sheet s = { 0 };

		help_sheet(m, ui, &s);
		clamp_scroll(scroll, sheet_lines(&s, &page), page.rows);
		return;
	}
	if (!m->pools)
		return;
	rows = pool_list_rows(m->pools, ui, &n);
	settle_selection(ui, rows, n);
	page.rows--;
	if (ui->selected_row < *scroll)
		*scroll = ui->selected_row;
	if (ui->selected_row > *scroll + page.rows - 1)
		*scroll = ui->selected_row - page.rows + 1;
	clamp_scroll(scroll, n, page.rows);
	ui->reveal = false;
}

/* ---- the screen */

/* When they were looked at, and how often they are; where it is narrow only when. */
static int draw_clock(const struct pool_list *l, const struct ui *ui, struct cells *c)
{
	char text[120], time[ZONE_TEXT], every[16], least[16] = "";
	bool stretched = l->least_s > ui->interval_s;
	int width;

	if (ui->columns >= 70)
		snprintf(text, sizeof(text), "%.32s, every %ss%s%s%s", zone_date(time, ui->zone, l->time_ns),
			 units_format_count(every, ui->interval_s), stretched ? " -> " : "",
			 stretched ? units_format_count(least, l->least_s) : "", stretched ? "s" : "");
	else
		snprintf(text, sizeof(text), "%s", zone_clock(time, ui->zone, l->time_ns));
	width = (int)text_width(text, strlen(text));
	cells_print_right(c, 0, c->columns - width, width, stretched ? PAINT_WARN : PAINT_TITLE, text);
	return width;
}

static void draw_title(const struct pool_list *l, const struct ui *ui, int shown, struct cells *c)
{
	cleanup(buf_release) struct buf text = { 0 };
	int width = draw_clock(l, ui, c);
	char percent[32];

	buf_printf(&text, "%zu pool%s", l->n, l->n == 1 ? "" : "s");
	if (shown < (int)l->n)
		buf_printf(&text, ", %d shown", shown);
	buf_printf(&text, ", cpu %s%s", format_percent(percent, l->own_cpu), known(l->own_cpu) ? "%" : "");
	if (l->budget > 0)
		buf_printf(&text, " of %s%%", format_percent(percent, l->budget));
	cells_print(c, 0, 0, c->columns - width - 1, PAINT_TITLE, text.data);
}

/* It waits for work. */
static bool is_idle(const struct pool_row *r)
{
	return r->figures[POOL_WORKERS].value == 0;
}

static enum paint paint_of(const struct pool_row *r, int column)
{
	if (is_idle(r))
		return PAINT_DIM;
	if (column == POOL_COPIED || column == POOL_RATIO)
		return ratio_paint(r->figures[POOL_RATIO].value);
	if (column == POOL_RATE)
		return r->figures[POOL_RATE].value > 0 ? PAINT_RISING : PAINT_PLAIN;
	return column == POOL_MASTER ? PAINT_PLAIN : known_paint(r->figures[column].value);
}

static void put_text(const struct screen_table *t, int column, int row, const struct pool_row *r)
{
	char text[32];

	switch (column) {
	case POOL_MASTER:
		snprintf(text, sizeof(text), r->masterless ? "(%d)" : "%d", (int)r->key.pid);
		break;
	case POOL_RATIO:
		format_marked_percent(text, r->figures[column]);
		break;
	case POOL_WORKERS:
	case POOL_RATE:
	case POOL_MINFLT:
		measure_count(text, r->figures[column]);
		break;
	case POOL_LEVEL:
		snprintf(text, sizeof(text), "%s", level_name(r->level));
		break;
	default:
		measure_mib(text, r->figures[column]);
	}
	table_put(t, column, row, column == POOL_LEVEL ? PAINT_DIM : paint_of(r, column), text);
}

/* Pools of one program differ in the rest. */
static void put_command(const struct screen_table *t, int row, const struct pool_row *r)
{
	int from = (int)text_width(r->command, strlen(r->command)) + 2;

	table_put_foreign(t, POOL_COMMAND, row, is_idle(r) ? PAINT_DIM : PAINT_PLAIN, r->command, 0);
	if (strcmp(r->command, r->title) != 0 && from < t->width[POOL_COMMAND])
		table_put_part(t, POOL_COMMAND, row, from, PAINT_DIM, r->title, strlen(r->title), 0);
}

static void draw_row(const struct screen_table *t, int row, const struct pool_row *r, const struct ui *ui)
{
	enum paint paints[POOL_TREND_MAX];

	for (int i = 0; i < POOL_COLUMNS; i++) {
		if (i == POOL_COMMAND)
			put_command(t, row, r);
		else if (i != POOL_TREND)
			put_text(t, i, row, r);
	}
	for (int i = 0; i < POOL_TREND_MAX; i++)
		paints[i] = PAINT_COW;
	if (t->at[POOL_TREND] >= 0)
		spark_draw(t->cells, row, t->at[POOL_TREND], r->trend, paints, POOL_TREND_MAX);
	if (*ui->search && pool_row_match(r, ui->search))
		cells_repaint(t->cells, row, 0, t->columns, PAINT_MATCH);
	cells_spot(t->cells, &(struct spot){ .row = row,
					     .width = t->columns,
					     .kind = SPOT_ROW,
					     .number = r->key.pid,
					     .start = r->key.start_ticks });
	if (proc_key_same(r->key, ui->selected))
		cells_attr(t->cells, row, 0, t->columns, ATTR_REVERSE);
}

static void draw_table(const struct ui_model *m, const struct ui *ui, const struct pool_row *const *rows,
		       int n, struct page *p)
{
	struct head heads[POOL_COLUMNS];
	struct screen_table t;

	for (int i = 0; i < POOL_COLUMNS; i++)
		heads[i] = (struct head){ pool_heads[i].text, pool_heads[i].width, pool_heads[i].order,
					  pool_heads[i].most, pool_heads[i].left };
	table_fit(&t, heads, POOL_COLUMNS, 0, p->cells, 0, p->columns);
	table_heads(&t, page_head(p), ui->sort);
	p->scroll = ui->scroll[pane_number(ui->pane)];
	for (int i = 0; i < n; i++) {
		int row = page_line(p);

		if (row >= 0)
			draw_row(&t, row, rows[i], ui);
	}
	if (!n)
		page_say(p, PAINT_DIM,
			 m->pools->n ? "no pool matches the filter" :
			 m->pools->some_hidden ?
				       "no forked pool among the processes that this user may read" :
				       "no forked pool");
}

/* What there is to say of the selected pool. */
static void draw_about(const struct pool_row *r, const struct page *above, struct cells *c)
{
	struct page p = {
		.cells = c, .top = above->top + above->rows, .rows = ABOUT_ROWS, .columns = c->columns
	};

	page_entry(&p, 10, PAINT_LABEL, "finding", PAINT_PLAIN, *r->about ? r->about : "none");
}

static void draw_list(const struct ui_model *m, const struct ui *ui, struct cells *c)
{
	cleanup_free const struct pool_row **rows = NULL;
	struct page page = page_of(ui);
	int n = 0;

	rows = pool_list_rows(m->pools, ui, &n);
	page.cells = c;
	draw_title(m->pools, ui, n, c);
	draw_table(m, ui, rows, n, &page);
	if (ui->rows >= 12 && n)
		draw_about(rows[ui->selected_row < n ? ui->selected_row : 0], &page, c);
}

static void draw_help(const struct ui_model *m, const struct ui *ui, struct cells *c)
{
	cleanup(sheet_release) struct sheet s = { 0 };
	struct page page = page_of(ui);

	page.cells = c;
	page.scroll = ui->scroll[pane_number(ui->pane)];
	cells_print(c, 0, 0, c->columns, PAINT_TITLE, "cowtop pools; q or Esc: close this help");
	help_sheet(m, ui, &s);
	sheet_draw(&s, &page);
}

void pool_view_draw(const struct ui_model *m, const struct ui *ui, struct cells *c)
{
	c->ascii = ui->ascii;
	cells_resize(c, ui->rows, ui->columns);
	if (ui->pane == &pane_help)
		draw_help(m, ui, c);
	else if (m->pools)
		draw_list(m, ui, c);
	else
		cells_print(c, 0, 0, c->columns, PAINT_DIM, "looking at all pools of this machine");
	if (c->rows > 1)
		bottom_draw(m, ui, c);
}
