#include "tui/act.h"

#include <stdio.h>
#include <string.h>
#include "base/units.h"
#include "tui/ask.h"
#include "tui/column.h"
#include "tui/rows.h"
#include "tui/stack_list.h"
#include "tui/view_layout.h"

#define SPAN_MAX 6
#define ZOOM_MAX 24
#define ASIDE_STEP 8

static void say(struct ui *ui, const char *text)
{
	snprintf(ui->message, sizeof(ui->message), "%s", text);
}

static void open_pane(struct ui *ui, enum pane pane)
{
	if (pane == ui->pane)
		return;
	if (ui->pane != PANE_HELP)
		ui->before = ui->pane;
	ui->pane = pane;
	ui->reveal = true;
}

/* Tab goes round the panes that need no other key to leave. */
static void step_pane(struct ui *ui, int by)
{
	int n = PANE_EVENTS + 1, now = ui->pane <= PANE_EVENTS ? (int)ui->pane : 0;

	open_pane(ui, (enum pane)((now + by + n) % n));
}

/* Escape: out of a pane; in the table, first the search and then the filter are dropped. */
static void back(struct ui *ui)
{
	if (ui->pane != PANE_WORKERS) {
		ui->pane = ui->pane == PANE_HELP ? ui->before : PANE_WORKERS;
		ui->before = PANE_WORKERS;
	} else if (*ui->search) {
		*ui->search = '\0';
	} else {
		*ui->filter = '\0';
	}
	ui->reveal = true;
}

static void select_row(struct ui *ui, const struct ui_model *m, int row)
{
	struct rows rows;

	rows_list(m, ui, &rows);
	if (rows.n) {
		row = row < 0 ? 0 : row < rows.n ? row : rows.n - 1;
		ui->selected = rows.items[row].key;
		ui->selected_row = row;
		ui->reveal = true;
	}
	rows_release(&rows);
}

/* Rows of the table, or lines of another pane. Beyond the end is the end by ui_settle(). */
static void move(struct ui *ui, const struct ui_model *m, int by)
{
	int *scroll = &ui->scroll[ui->pane];

	if (ui->pane == PANE_WORKERS)
		select_row(ui, m, ui->selected_row + by);
	else if (ui->pane == PANE_STACKS)
		stack_list_move(ui, m, by);
	else
		*scroll = by < 0 && *scroll < -by ? 0 : *scroll + by;
}

static int page_of(const struct ui *ui, const struct ui_model *m)
{
	int rows = view_measure(m, ui).rows;

	return rows > 1 ? rows - 1 : 1;
}

/* + is finer, - is coarser. */
static void zoom(struct ui *ui, int by)
{
	if (ui->pane == PANE_MAP) {
		ui->zoom += by;
		ui->zoom = ui->zoom < 0 ? 0 : ui->zoom > ZOOM_MAX ? ZOOM_MAX : ui->zoom;
		return;
	}
	ui->span -= by;
	ui->span = ui->span < 0 ? 0 : ui->span > SPAN_MAX ? SPAN_MAX : ui->span;
}

static void aside(struct ui *ui, int by)
{
	ui->aside += by;
	ui->aside = ui->aside < 0 ? 0 : ui->aside > 4096 ? 4096 : ui->aside;
}

/* Look at an instant; 0: live. The latest is not the past. */
static void look_at(struct ui *ui, uint64_t number)
{
	ui->at = number;
	ui->paused = false;
}

static enum ui_effect now(struct ui *ui, const struct ui_model *m)
{
	if (!ui->at)
		return EFFECT_SAMPLE;
	look_at(ui, ui->at < timeline_last(m->timeline) ? ui->at + 1 : 0);
	return EFFECT_NONE;
}

static void earlier(struct ui *ui, const struct ui_model *m)
{
	uint64_t number = ui->at ? ui->at : timeline_last(m->timeline);

	if (number > timeline_first(m->timeline))
		look_at(ui, number - 1);
	else
		say(ui, "this is the oldest instant");
}

static void pause_or_go(struct ui *ui, const struct ui_model *m)
{
	bool on = !ui->at;

	look_at(ui, on ? timeline_last(m->timeline) : 0);
	ui->paused = on && ui->at;
}

/* The same column again turns the order round. Names begin with A, figures with the largest. */
static void sort_by(struct ui *ui, int column)
{
	ui->ascending = ui->sort == column ? !ui->ascending :
		columns[column].kind == COLUMN_PID || columns[column].kind == COLUMN_COMMAND ||
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
		sort_by(ui, to);
}

/* Without its pid a row is nobody. */
static void hide_column(struct ui *ui)
{
	int column = ui->sort;

	if (columns[column].kind == COLUMN_PID) {
		say(ui, "the column PID stays");
		return;
	}
	sort_step(ui, 1);
	ui->hidden |= 1ULL << column;
}

static void find(struct ui *ui, const struct ui_model *m, int by)
{
	struct rows rows;
	int i, at = 0;

	if (!*ui->search) {
		say(ui, "nothing to search for: press /");
		return;
	}
	rows_list(m, ui, &rows);
	for (i = 1; i <= rows.n; i++) {
		at = ((ui->selected_row + by * i) % rows.n + rows.n) % rows.n;
		if (rows_match(rows.items[at].proc, ui->search))
			break;
	}
	if (i <= rows.n)
		select_row(ui, m, at);
	else
		say(ui, "no process matches");
	rows_release(&rows);
}

static void tag(struct ui *ui, const struct ui_model *m)
{
	if (!ui->selected.pid)
		return;
	if (!ui_toggle_tag(ui, ui->selected))
		say(ui, "no more processes can be tagged");
	move(ui, m, ui->pane == PANE_WORKERS);
}

static void act_pane(struct ui *ui, const struct ui_model *m, enum action action)
{
	switch (action) {
	case ACTION_NEXT_PANE:
		step_pane(ui, 1);
		break;
	case ACTION_PREVIOUS_PANE:
		step_pane(ui, -1);
		break;
	case ACTION_BACK:
		back(ui);
		break;
	case ACTION_HELP:
		ui->pane == PANE_HELP ? back(ui) : open_pane(ui, PANE_HELP);
		break;
	case ACTION_DETAILS:
		ui->pane == PANE_STACKS ? stack_list_fold(ui, m) : open_pane(ui, PANE_DETAILS);
		break;
	case ACTION_STACKS:
		stacks_switch(ui) ? open_pane(ui, PANE_STACKS) : back(ui);
		break;
	case ACTION_STACKS_OF_ONE ... ACTION_STACKS_AGAIN:
		say(ui, stacks_change(ui, action));
		break;
	default:
		open_pane(ui, (enum pane)(PANE_WORKERS + (action - ACTION_WORKERS)));
	}
}

static void act_move(struct ui *ui, const struct ui_model *m, enum action action)
{
	switch (action) {
	case ACTION_UP:
		move(ui, m, -1);
		break;
	case ACTION_DOWN:
		move(ui, m, 1);
		break;
	case ACTION_PAGE_UP:
		move(ui, m, -page_of(ui, m));
		break;
	case ACTION_PAGE_DOWN:
		move(ui, m, page_of(ui, m));
		break;
	case ACTION_HOME:
		move(ui, m, -1000000);
		break;
	case ACTION_END:
		move(ui, m, 1000000);
		break;
	case ACTION_LEFT:
		aside(ui, -ASIDE_STEP);
		break;
	case ACTION_RIGHT:
		aside(ui, ASIDE_STEP);
		break;
	default:
		zoom(ui, action == ACTION_ZOOM_IN ? 1 : -1);
	}
}

static enum ui_effect act_time(struct ui *ui, const struct ui_model *m, enum action action)
{
	switch (action) {
	case ACTION_NOW:
		return now(ui, m);
	case ACTION_EARLIER:
		earlier(ui, m);
		break;
	case ACTION_BRANCH:
		ask_begin(ui, ASK_TIME);
		break;
	case ACTION_OLDEST:
		look_at(ui, timeline_first(m->timeline));
		break;
	case ACTION_LIVE:
		look_at(ui, 0);
		break;
	case ACTION_PAUSE:
		pause_or_go(ui, m);
		break;
	default:
		ask_begin(ui, ASK_INTERVAL);
	}
	return EFFECT_NONE;
}

static enum ui_effect act_play(struct ui *ui, enum action action)
{
	if (action == ACTION_PLAY_TIME) {
		ask_begin(ui, ASK_PLAY_TIME);
		return EFFECT_NONE;
	}
	return EFFECT_PLAY + (action - ACTION_PLAY);
}

static void act_table(struct ui *ui, enum action action)
{
	static const char *const by[ACTIONS] = {
		[ACTION_SORT_COW] = "cow",          [ACTION_SORT_MEMORY] = "rss",
		[ACTION_SORT_RATE] = "+cow/s",      [ACTION_SORT_FAULTS] = "minflt/s",
		[ACTION_SORT_PID] = "pid",
	};

	switch (action) {
	case ACTION_ALL:
		ui->active = !ui->active;
		say(ui, ui->active ? "only processes with faults" : "all processes");
		break;
	case ACTION_SORT_NEXT:
		sort_step(ui, 1);
		break;
	case ACTION_SORT_PREVIOUS:
		sort_step(ui, -1);
		break;
	case ACTION_INVERT:
		sort_by(ui, ui->sort);
		break;
	case ACTION_HIDE_COLUMN:
		hide_column(ui);
		break;
	case ACTION_ALL_COLUMNS:
		ui->hidden = 0;
		break;
	default:
		sort_by(ui, column_find(by[action]));
	}
}

static void act_find(struct ui *ui, const struct ui_model *m, enum action action)
{
	switch (action) {
	case ACTION_SEARCH:
		ask_begin(ui, ASK_SEARCH);
		break;
	case ACTION_FILTER:
		ask_begin(ui, ASK_FILTER);
		break;
	case ACTION_FOLLOW:
		ui->follow = !ui->follow;
		say(ui, ui->follow ? "following the selected process" : "no longer following");
		break;
	case ACTION_TAG:
		tag(ui, m);
		break;
	case ACTION_UNTAG:
		ui->ntagged = 0;
		break;
	default:
		find(ui, m, action == ACTION_SEARCH_NEXT ? 1 : -1);
	}
}

static enum ui_effect act_program(struct ui *ui, enum action action)
{
	switch (action) {
	case ACTION_COLOR:
		ui->mono = !ui->mono;
		return EFFECT_REPAINT;
	case ACTION_REPAINT:
		return EFFECT_REPAINT;
	case ACTION_SAVE:
		return EFFECT_SAVE;
	case ACTION_SUSPEND:
		return EFFECT_SUSPEND;
	default:
		return EFFECT_QUIT;
	}
}

enum ui_effect ui_act(struct ui *ui, const struct ui_model *m, enum action action)
{
	*ui->message = '\0';
	if (action == ACTION_NONE)
		return EFFECT_NONE;
	if (action <= ACTION_BACK)
		act_pane(ui, m, action);
	else if (action <= ACTION_ZOOM_OUT)
		act_move(ui, m, action);
	else if (action <= ACTION_INTERVAL)
		return act_time(ui, m, action);
	else if (action <= ACTION_PLAY_TIME)
		return act_play(ui, action);
	else if (action <= ACTION_ALL_COLUMNS)
		act_table(ui, action);
	else if (action <= ACTION_UNTAG)
		act_find(ui, m, action);
	else
		return act_program(ui, action);
	return EFFECT_NONE;
}

enum ui_effect ui_key(struct ui *ui, const struct ui_model *m, int code)
{
	if (ui->ask != ASK_NONE)
		return ask_key(ui, m, code);
	return ui_act(ui, m, key_action(code, ui_keys(m)));
}
