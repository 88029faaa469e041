#include "tui/pane.h"

#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "model/title.h"
#include "tui/column.h"
#include "tui/rows.h"
#include "tui/spark.h"
#include "tui/table.h"
#include "tui/thresholds.h"

#define BAR_MOST 28
#define COMMAND_MOST 1000
#define MARK 1 /* column of tags and of new and gone workers */

/* The columns, and what is left out of the commands in them. */
struct drawing {
	struct screen_table t;
	struct titles titles;
};

static int pid_width(const struct rows *rows)
{
	char text[16];
	int i, len, width = 3;

	for (i = 0; i < rows->n; i++) {
		len = snprintf(text, sizeof(text), "%d", rows->items[i].key.pid);
		width = len > width ? len : width;
	}
	return width;
}

static void fill_heads(struct head heads[static TABLE_MAX], const struct rows *rows, int across)
{
	int i;

	_Static_assert(TABLE_MAX >= 20, "room for all columns");
	for (i = 0; i < ncolumns; i++) {
		const struct table_column *col = &columns[i];

		heads[i] = (struct head){
			.text = col->head,
			.width = col->kind == COLUMN_PID     ? pid_width(rows) :
				 col->kind == COLUMN_COMMAND ? (int)title_room((size_t)across) :
							       col->width,
			.order = col->order,
			.most = col->kind == COLUMN_BAR     ? BAR_MOST :
				col->kind == COLUMN_COMMAND ? COMMAND_MOST :
							      0,
			.left = col->kind == COLUMN_ROLE || col->kind == COLUMN_BAR ||
				col->kind == COLUMN_COMMAND,
		};
	}
}

/* The colour of copies says whether they get more, that of their ratio how bad it is. */
static enum paint paint_of(const struct table_column *col, const struct row *r)
{
	const struct figures *f = &r->proc->figures;

	switch (col->colour) {
	case COLOUR_TREND:
		return r->trend == TREND_RISING ? PAINT_RISING :
		       r->trend == TREND_STILL  ? PAINT_STILL :
						  PAINT_PLAIN;
	case COLOUR_RATIO:
		return ratio_paint(f->cow_broken_ratio);
	case COLOUR_MAJOR:
		return major_paint(f->faults.major_per_s);
	case COLOUR_NONE:
		break;
	}
	if (col->kind == COLUMN_PID && r->born)
		return PAINT_BORN;
	return r->proc->role == ROLE_HELPER ? PAINT_DIM : PAINT_PLAIN;
}

static void draw_mark(const struct ui *ui, struct cells *c, int row, const struct row *r)
{
	if (ui_is_tagged(ui, r->key))
		cells_print(c, row, 0, MARK, PAINT_TAGGED, "*");
	else if (r->gone)
		cells_print(c, row, 0, MARK, PAINT_GONE, "-");
	else if (r->born)
		cells_print(c, row, 0, MARK, PAINT_BORN, "+");
}

/* Where it differs from those of the others, behind its branch of the tree. */
static void draw_command(const struct ui *ui, const struct drawing *d, int i, int row, enum paint paint,
			 const struct row *r)
{
	struct title title = title_of(&d->titles, r->proc->facts);
	char branch[FAMILY_BRANCH];
	int from = 0;

	if (d->t.at[i] < 0)
		return;
	family_branch(branch, &r->place, d->t.cells->ascii);
	if (ui->tree && (int)text_width(branch, strlen(branch)) < d->t.width[i])
		from = cells_print(d->t.cells, row, d->t.at[i], d->t.width[i], PAINT_DIM, branch);
	table_put_part(&d->t, i, row, from, paint, title.at, title.len, ui->aside);
}

static void draw_row(const struct ui_model *m, const struct ui *ui, const struct drawing *d, int row,
		     const struct row *r)
{
	const struct screen_table *t = &d->t;
	char text[32];
	int i;

	for (i = 0; i < ncolumns; i++) {
		const struct table_column *col = &columns[i];
		enum paint paint;

		if (t->at[i] < 0)
			continue;
		paint = r->gone ? PAINT_GONE : paint_of(col, r);
		if (col->kind == COLUMN_BAR && !r->gone)
			bar_draw(t->cells, row, t->at[i], t->width[i], &r->proc->figures.pages);
		else if (col->kind == COLUMN_BAR)
			table_put(t, i, row, paint, r->gone ? "gone" : "");
		else if (col->kind == COLUMN_COMMAND)
			draw_command(ui, d, i, row, paint, r);
		else
			table_put(t, i, row, paint, column_text(text, col, m->shown, r->proc));
	}
	draw_mark(ui, t->cells, row, r);
	cells_spot(t->cells, &(struct spot){ .row = row,
					     .width = t->cells->columns,
					     .kind = SPOT_ROW,
					     .number = r->key.pid,
					     .start = r->key.start_ticks });
	if (*ui->search && rows_match(r->proc, ui->search))
		cells_repaint(t->cells, row, MARK, t->width[0], PAINT_MATCH);
	if (proc_key_same(r->key, ui->selected))
		cells_attr(t->cells, row, 0, t->cells->columns, ATTR_REVERSE);
}

static void height(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	int n = rows_count(m, ui);

	page_head(p);
	p->lines += n ? n : 1;
}

static void draw(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	struct head heads[TABLE_MAX];
	struct drawing d;
	struct rows rows;
	int i;

	rows_list(m, ui, &rows);
	titles_of(m->shown, &d.titles);
	fill_heads(heads, &rows, p->columns);
	table_fit(&d.t, heads, ncolumns, ui->hidden, p->cells, p->left + MARK, p->columns - MARK);
	i = page_head(p);
	cells_fill(p->cells, i, p->left, MARK, PAINT_HEAD, " ");
	table_heads(&d.t, i, ui->sort);
	for (i = 0; i < rows.n; i++) {
		int row = page_line(p);

		if (row >= 0)
			draw_row(m, ui, &d, row, &rows.items[i]);
	}
	if (!rows.n)
		page_say(p, PAINT_DIM,
			 *ui->filter ? "no process matches the filter; \\ changes it" : "no process to show");
	rows_release(&rows);
}

static void move(struct ui *ui, const struct ui_model *m, int by)
{
	struct rows rows;

	rows_list(m, ui, &rows);
	rows_select(ui, &rows, ui->selected_row + by);
	rows_release(&rows);
}

/* The selected row, after the user has moved, or while it is followed. */
static bool sight(const struct ui_model *m, const struct ui *ui, struct sight *ret)
{
	*ret = (struct sight){ ui->selected_row, ui->selected_row, ui->selected_row };
	return ui->reveal || ui->follow;
}

const struct pane pane_workers = {
	.name = "workers",
	.share = 35,
	.in_round = true,
	.height = height,
	.draw = draw,
	.move = move,
	.sight = sight,
};
