#include "tui/control.h"

#include "tui/act.h"
#include "tui/ask.h"
#include "tui/column.h"
#include "tui/kept.h"
#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/pane.h"
#include "tui/rows.h"

void ui_init(struct ui *ui)
{
	*ui = (struct ui){
		.rows = 24,
		.columns = 80,
		.keys = keys,
		.nkeys = nkeys,
		.pane = panes[0],
		.before = panes[0],
		.sort = column_find("cow"),
		.interval_s = 1,
	};
	ui->usual = ui->kept = kept_now(ui);
}

enum ui_effect ui_key(struct ui *ui, const struct ui_model *m, int code)
{
	const struct key *key;

	ui_say(ui, "");
	ui->touched = true;
	if (code != KEY_CODE_CLICK)
		ui->clicked_row = (struct proc_key){ 0 };
	if (ui->ask != ASK_NONE)
		return act_answer(ui, m, ask_key(ui, code));
	key = key_find(ui, code, key_view_of(m));
	return key ? key->act(ui, m, key) : EFFECT_NONE;
}

/* When the instant looked at has been dropped, the oldest one there is takes its place. */
static void settle_time(struct ui *ui, struct ui_model *m)
{
	uint64_t first = timeline_first(m->timeline);

	if (ui->at && ui->at < first)
		ui->at = first;
	if (ui->at > timeline_last(m->timeline))
		ui->at = 0;
	if (!ui->at)
		ui->paused = false;
	ui_model_show(m, ui->at);
}

static int first_worker(const struct rows *rows)
{
	int i;

	for (i = 0; i < rows->n; i++) {
		if (rows->items[i].proc->role == ROLE_WORKER && !rows->items[i].gone)
			return i;
	}
	return 0;
}

static void settle_selection(struct ui *ui, const struct ui_model *m)
{
	struct rows rows;
	int at;

	rows_list(m, ui, &rows);
	at = rows_find(&rows, ui->selected);
	if (at < 0 && rows.n && !(ui->selected.pid && ui->pane->of_process)) {
		at = ui->selected.pid ? ui->selected_row : first_worker(&rows);
		at = at < rows.n ? at : rows.n - 1;
		ui->selected = rows.items[at].key;
		ui->reveal = true;
	}
	if (at >= 0)
		ui->selected_row = at;
	rows_release(&rows);
}

/* The smallest change of `scroll` with which line `at` is seen, and as many of the lines around it as fit. */
static void scroll_to(int *scroll, const struct sight *sight, int rows)
{
	if (*scroll < sight->last - rows + 1)
		*scroll = sight->last - rows + 1;
	if (*scroll > sight->first)
		*scroll = sight->first;
	if (*scroll < sight->at - rows + 1)
		*scroll = sight->at - rows + 1;
}

static void settle_scroll(struct ui *ui, const struct ui_model *m)
{
	struct page page = layout_height(m, ui);
	int *scroll = &ui->scroll[pane_number(ui->pane)], last = page.lines - page.rows;
	struct sight sight;

	if (ui->pane->sight && ui->pane->sight(m, ui, &sight))
		scroll_to(scroll, &sight, page.rows);
	if (*scroll > last)
		*scroll = last;
	if (*scroll < 0)
		*scroll = 0;
	ui->reveal = false;
}

void ui_settle(struct ui *ui, struct ui_model *m)
{
	if (ui->sort < 0 || ui->sort >= ncolumns)
		ui->sort = column_find("cow");
	settle_time(ui, m);
	settle_selection(ui, m);
	if (ui->pane->settle)
		ui->pane->settle(ui, m);
	settle_scroll(ui, m);
}
