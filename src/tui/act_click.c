#include "tui/act.h"

#include "tui/column.h"
#include "tui/pane.h"
#include "tui/rows.h"

static enum ui_effect press(struct ui *ui, const struct ui_model *m, int code)
{
	const struct key *key = key_find(ui, code, key_view_of(m));

	return key ? key->act(ui, m, key) : EFFECT_NONE;
}

/* The first click selects, a second one on the same row opens. */
static enum ui_effect click_row(struct ui *ui, const struct ui_model *m, struct proc_key row)
{
	bool again = proc_key_same(ui->clicked_row, row) && proc_key_same(ui->selected, row);
	struct rows rows;
	int at;

	ui->clicked_row = row;
	if (again)
		return press(ui, m, KEY_CODE_ENTER);
	rows_list(m, ui, &rows);
	at = rows_find(&rows, row);
	if (at >= 0)
		rows_select(ui, &rows, at);
	rows_release(&rows);
	return EFFECT_NONE;
}

/* The bar is of what is resident. */
static void click_head(struct ui *ui, int column)
{
	if (ui->pane == &pane_workers)
		act_sort_by(ui, columns[column].kind == COLUMN_BAR ? column_find("rss") : column);
}

enum ui_effect act_click(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	const struct spot *spot = &ui->clicked;

	switch (spot->kind) {
	case SPOT_KEY:
		/* A key that is no click: a spot has no other. */
		return spot->number == KEY_CODE_CLICK ? EFFECT_NONE : press(ui, m, spot->number);
	case SPOT_HEAD:
		click_head(ui, spot->number);
		break;
	case SPOT_ROW:
		return click_row(ui, m, (struct proc_key){ spot->number, spot->start });
	case SPOT_NONE:
		break;
	}
	return EFFECT_NONE;
}
