#include "tui/pool_keys.h"

#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "tui/act.h"
#include "tui/pane.h"
#include "tui/pool_list.h"

#define F(n) (KEY_CODE_F1 + (n)-1)
#define CTRL(letter) ((letter)&31)
#define FAR 1000000 /* beyond either end */

static bool in_help(const struct ui *ui)
{
	return ui->pane == &pane_help;
}

/* ---- moving */

static int place_of(const struct pool_row *const *rows, int n, struct proc_key key)
{
	for (int i = 0; i < n; i++)
		if (proc_key_same(rows[i]->key, key))
			return i;
	return -1;
}

static void go_to(struct ui *ui, const struct ui_model *m, int by)
{
	cleanup_free const struct pool_row **rows = NULL;
	int n = 0, to;

	if (!m->pools)
		return;
	rows = pool_list_rows(m->pools, ui, &n);
	to = place_of(rows, n, ui->selected) + by;
	if (!n)
		return;
	to = to < 0 ? 0 : to < n ? to : n - 1;
	ui->selected = rows[to]->key;
	ui->reveal = true;
}

/* Rows of the list, or lines of the help. */
static enum ui_effect move(struct ui *ui, const struct ui_model *m, int by)
{
	int *scroll = &ui->scroll[pane_number(&pane_help)];

	if (in_help(ui))
		*scroll = by < 0 && *scroll < -by ? 0 : *scroll + by;
	else
		go_to(ui, m, by);
	return EFFECT_NONE;
}

static enum ui_effect act_pool_move(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	return move(ui, m, key->with.by);
}

static enum ui_effect act_pool_page(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	int rows = ui->rows - 8;

	return move(ui, m, key->with.by * (rows > 1 ? rows : 1));
}

/* ---- opening, and back */

static enum ui_effect act_pool_open(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	return in_help(ui) || !ui->selected.pid ? EFFECT_NONE : EFFECT_OPEN;
}

static enum ui_effect act_pool_help(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	ui->pane = in_help(ui) ? panes[0] : &pane_help;
	return EFFECT_NONE;
}

static enum ui_effect act_pool_back(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	if (in_help(ui))
		ui->pane = panes[0];
	else if (*ui->search)
		*ui->search = '\0';
	else
		*ui->filter = '\0';
	ui->reveal = true;
	return EFFECT_NONE;
}

static enum ui_effect act_pool_quit(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	return in_help(ui) ? act_pool_help(ui, m, key) : key->with.effect;
}

/* ---- order */

static void sort_by(struct ui *ui, int column)
{
	ui->ascending = ui->sort == column ? !ui->ascending : column == POOL_MASTER || column == POOL_COMMAND;
	ui->sort = column;
	ui->reveal = true;
}

static enum ui_effect act_pool_sort(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	sort_by(ui, pool_column_find(key->with.column));
	return EFFECT_NONE;
}

static enum ui_effect act_pool_sort_next(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	int to = ui->sort;

	do {
		to = (to + key->with.by + POOL_COLUMNS) % POOL_COLUMNS;
	} while (to == POOL_TREND);
	sort_by(ui, to);
	return EFFECT_NONE;
}

static enum ui_effect act_pool_invert(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	sort_by(ui, ui->sort);
	return EFFECT_NONE;
}

/* ---- finding */

static void find(struct ui *ui, const struct ui_model *m, int by)
{
	cleanup_free const struct pool_row **rows = NULL;
	int n = 0, at, i;

	if (!m->pools || !*ui->search)
		return;
	rows = pool_list_rows(m->pools, ui, &n);
	at = place_of(rows, n, ui->selected);
	for (i = 1; i <= n; i++) {
		int to = ((at + by * i) % n + n) % n;

		if (!pool_row_match(rows[to], ui->search))
			continue;
		ui->selected = rows[to]->key;
		ui->reveal = true;
		return;
	}
	ui_say(ui, "not found");
}

static enum ui_effect act_pool_find(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	find(ui, m, key->with.by);
	return EFFECT_NONE;
}

enum ui_effect pool_answer(struct ui *ui, const struct ui_model *m, enum ask what)
{
	if (what == ASK_INTERVAL)
		return act_answer(ui, m, what);
	if (what == ASK_FILTER) {
		memcpy(ui->filter, ui->line, sizeof(ui->filter));
		ui->reveal = true;
	} else if (what == ASK_SEARCH) {
		memcpy(ui->search, ui->line, sizeof(ui->search));
		find(ui, m, 1);
	}
	return EFFECT_NONE;
}

/* ---- the mouse */

/* The first click on a row selects it, a second one opens it. */
static enum ui_effect click_row(struct ui *ui, struct proc_key row)
{
	bool again = proc_key_same(ui->clicked_row, row) && proc_key_same(ui->selected, row);

	ui->clicked_row = ui->selected = row;
	ui->reveal = true;
	return again ? EFFECT_OPEN : EFFECT_NONE;
}

static enum ui_effect act_pool_click(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	const struct spot *spot = &ui->clicked;
	const struct key *pressed;

	switch (spot->kind) {
	case SPOT_KEY:
		pressed = spot->number == KEY_CODE_CLICK ? NULL : key_find(ui, spot->number, key_view_of(m));
		return pressed ? pressed->act(ui, m, pressed) : EFFECT_NONE;
	case SPOT_HEAD:
		if (spot->number != POOL_TREND)
			sort_by(ui, spot->number);
		break;
	case SPOT_ROW:
		return click_row(ui, (struct proc_key){ spot->number, spot->start });
	case SPOT_NONE:
		break;
	}
	return EFFECT_NONE;
}

/* clang-format off */
const struct key pool_keys[] = {
	{{KEY_CODE_ENTER}, act_pool_open, {0}, KEYS_PANES, KEYS_BOTH, "open", "the live view of the selected pool; q or Esc there leads back"},
	{{'?', 'h', F(1)}, act_pool_help, {.pane = &pane_help}, KEYS_PANES, KEYS_BOTH, "help", "this help"},
	{{KEY_CODE_ESCAPE, KEY_CODE_BACKSPACE}, act_pool_back, {0}, KEYS_PANES, KEYS_BOTH, "",
	 "back; drop the search, then the filter"},

	{{KEY_CODE_UP, 'k'}, act_pool_move, {.by = -1}, KEYS_MOVING, KEYS_BOTH, "", "row up"},
	{{KEY_CODE_DOWN, 'j'}, act_pool_move, {.by = 1}, KEYS_MOVING, KEYS_BOTH, "", "row down"},
	{{KEY_CODE_PAGE_UP, CTRL('b')}, act_pool_page, {.by = -1}, KEYS_MOVING, KEYS_BOTH, "", "page up"},
	{{KEY_CODE_PAGE_DOWN, CTRL('f')}, act_pool_page, {.by = 1}, KEYS_MOVING, KEYS_BOTH, "", "page down"},
	{{KEY_CODE_HOME}, act_pool_move, {.by = -FAR}, KEYS_MOVING, KEYS_BOTH, "", "first row"},
	{{KEY_CODE_END}, act_pool_move, {.by = FAR}, KEYS_MOVING, KEYS_BOTH, "", "last row"},

	{{'t'}, act_effect, {.effect = EFFECT_SAMPLE}, KEYS_TIME, KEYS_BOTH, "", "look now"},
	{{'i'}, act_ask, {.ask = ASK_INTERVAL}, KEYS_TIME, KEYS_BOTH, "", "change the interval"},

	{{'C'}, act_pool_sort, {.column = "cow"}, KEYS_TABLE, KEYS_BOTH, "", "sort by copied memory"},
	{{'M'}, act_pool_sort, {.column = "rss"}, KEYS_TABLE, KEYS_BOTH, "", "sort by resident memory"},
	{{'D'}, act_pool_sort, {.column = "+cow/s"}, KEYS_TABLE, KEYS_BOTH, "", "sort by copies per second"},
	{{'N'}, act_pool_sort, {.column = "minflt/s"}, KEYS_TABLE, KEYS_BOTH, "", "sort by minor faults per second"},
	{{'P'}, act_pool_sort, {.column = "pid"}, KEYS_TABLE, KEYS_BOTH, "", "sort by pid"},
	{{'>', F(6)}, act_pool_sort_next, {.by = 1}, KEYS_TABLE, KEYS_BOTH, "sort", "sort by the next column"},
	{{'<'}, act_pool_sort_next, {.by = -1}, KEYS_TABLE, KEYS_BOTH, "", "sort by the column before"},
	{{'I'}, act_pool_invert, {0}, KEYS_TABLE, KEYS_BOTH, "", "turn the order round"},

	{{'/', F(3)}, act_ask, {.ask = ASK_SEARCH}, KEYS_FINDING, KEYS_BOTH, "search", "search a command or pid"},
	{{'n'}, act_pool_find, {.by = 1}, KEYS_FINDING, KEYS_BOTH, "", "next one found"},
	{{'B'}, act_pool_find, {.by = -1}, KEYS_FINDING, KEYS_BOTH, "", "one found before"},
	{{'\\', F(4)}, act_ask, {.ask = ASK_FILTER}, KEYS_FINDING, KEYS_BOTH, "filter", "show only what matches"},

	{{KEY_CODE_CLICK}, act_pool_click, {0}, KEYS_MOUSE, KEYS_BOTH, "",
	 "a row: select, open; a head: sort by it; a key below: press it"},
	{{KEY_CODE_WHEEL_UP}, act_pool_move, {.by = -3}, KEYS_MOUSE, KEYS_BOTH, "", "three rows up"},
	{{KEY_CODE_WHEEL_DOWN}, act_pool_move, {.by = 3}, KEYS_MOUSE, KEYS_BOTH, "", "three rows down"},

	{{'x'}, act_color, {0}, KEYS_PROGRAM, KEYS_BOTH, "", "colours off and on"},
	{{CTRL('l')}, act_effect, {.effect = EFFECT_REPAINT}, KEYS_PROGRAM, KEYS_BOTH, "", "draw the screen anew"},
	{{CTRL('z')}, act_effect, {.effect = EFFECT_SUSPEND}, KEYS_PROGRAM, KEYS_BOTH, "", "suspend"},
	{{'q', F(10)}, act_pool_quit, {.effect = EFFECT_QUIT}, KEYS_PROGRAM, KEYS_BOTH, "quit", "leave; in the help, close it"},
};
/* clang-format on */
const size_t npool_keys = sizeof(pool_keys) / sizeof(*pool_keys);
