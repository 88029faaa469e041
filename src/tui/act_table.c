#include "tui/act.h"

#include "tui/column.h"
#include "tui/kept.h"
#include "tui/pane.h"
#include "tui/rows.h"

/* Names begin with A, figures with the largest. */
void act_sort_by(struct ui *ui, int column)
{
	ui->ascending = ui->sort == column ? !ui->ascending :
					     columns[column].kind == COLUMN_PID ||
						     columns[column].kind == COLUMN_COMMAND ||
						     columns[column].kind == COLUMN_ROLE;
	ui->sort = column;
	ui->reveal = true;
}

static void sort_step(struct ui *ui, int by)
{
	int to = ui->sort;

	do {
		to = (to + by + ncolumns) % ncolumns;
	} while (to != ui->sort && (ui->hidden >> to & 1 || columns[to].kind == COLUMN_BAR));
	if (to != ui->sort)
		act_sort_by(ui, to);
}

enum ui_effect act_sort(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	act_sort_by(ui, column_find(key->with.column));
	return EFFECT_NONE;
}

enum ui_effect act_sort_next(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	sort_step(ui, key->with.by);
	return EFFECT_NONE;
}

enum ui_effect act_invert(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	act_sort_by(ui, ui->sort);
	return EFFECT_NONE;
}

enum ui_effect act_tree(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	ui->tree = !ui->tree;
	ui->reveal = true;
	ui_say(ui, ui->tree ? "each process below the one that forked it" : "all workers as one list");
	return EFFECT_NONE;
}

enum ui_effect act_reset(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	double before = ui->interval_s;

	kept_reset(ui);
	ui_say(ui, "the usual order, columns and interval");
	/* A recording's interval is its own. */
	if (m->playback)
		ui->interval_s = before;
	return ui->interval_s < before || ui->interval_s > before ? EFFECT_INTERVAL : EFFECT_NONE;
}

enum ui_effect act_active(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	ui->active = !ui->active;
	ui_say(ui, ui->active ? "only processes with faults" : "all processes");
	return EFFECT_NONE;
}

/* The pid stays: without it a row does not say whose it is. */
enum ui_effect act_hide_column(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	int column = ui->sort;

	if (columns[column].kind == COLUMN_PID) {
		ui_say(ui, "the column PID stays");
		return EFFECT_NONE;
	}
	sort_step(ui, 1);
	ui->hidden |= 1ULL << column;
	return EFFECT_NONE;
}

enum ui_effect act_all_columns(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	ui->hidden = 0;
	return EFFECT_NONE;
}

/* ---- finding */

enum ui_effect act_find(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	struct rows rows;
	int i, at = 0;

	if (!*ui->search) {
		ui_say(ui, "nothing to search for: press /");
		return EFFECT_NONE;
	}
	rows_list(m, ui, &rows);
	for (i = 1; i <= rows.n; i++) {
		at = ((ui->selected_row + key->with.by * i) % rows.n + rows.n) % rows.n;
		if (rows_match(rows.items[at].proc, ui->search))
			break;
	}
	if (i <= rows.n)
		rows_select(ui, &rows, at);
	else
		ui_say(ui, "no process matches");
	rows_release(&rows);
	return EFFECT_NONE;
}

enum ui_effect act_follow(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	ui->follow = !ui->follow;
	ui_say(ui, ui->follow ? "following the selected process" : "no longer following");
	return EFFECT_NONE;
}

/* In the table the next row is selected: the same key again tags that one. */
enum ui_effect act_tag(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	if (!ui->selected.pid)
		return EFFECT_NONE;
	if (!ui_toggle_tag(ui, ui->selected))
		ui_say(ui, "no more processes can be tagged");
	if (ui->pane->move)
		ui->pane->move(ui, m, ui->pane == &pane_workers);
	return EFFECT_NONE;
}

enum ui_effect act_untag(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	ui->ntagged = 0;
	return EFFECT_NONE;
}
