#include "tui/layout.h"

#include "tui/header.h"
#include "tui/pane.h"

#define BOTTOM 1
#define PANE_LEAST 5 /* rows */

int layout_title(const struct ui_model *m)
{
	return m->playback ? 2 : 1;
}

int layout_header(const struct ui_model *m, const struct ui *ui)
{
	int rows = ui->rows - layout_title(m) - BOTTOM, pane = ui->rows * ui->pane->share / 100;

	rows -= pane > PANE_LEAST ? pane : PANE_LEAST;
	/* The cost of the stacks is said on any screen. */
	return header_lines(m, ui, ui_watches(ui, m) && rows < 1 ? 1 : rows);
}

struct page layout_page(const struct ui_model *m, const struct ui *ui)
{
	int top = layout_title(m) + layout_header(m, ui), rows = ui->rows - BOTTOM - top;

	return (struct page){
		.top = top,
		.rows = rows > 0 ? rows : 0,
		.columns = ui->columns,
		.scroll = ui->scroll[pane_number(ui->pane)],
	};
}

struct page layout_height(const struct ui_model *m, const struct ui *ui)
{
	struct page p = layout_page(m, ui);

	if (m->shown)
		ui->pane->height(m, ui, &p);
	return p;
}
