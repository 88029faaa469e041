#include "tui/act.h"

#include "tui/layout.h"
#include "tui/pane.h"

#define SPAN_MAX 6
#define ASIDE_MAX 4096

/* ---- panes */

static void open_pane(struct ui *ui, const struct pane *pane)
{
	if (pane == ui->pane)
		return;
	if (ui->pane != &pane_help)
		ui->before = ui->pane;
	ui->pane = pane;
	ui->reveal = true;
}

/* True: there is nothing to go back to here. */
static bool back(struct ui *ui)
{
	if (ui->pane != panes[0]) {
		ui->pane = ui->pane == &pane_help ? ui->before : panes[0];
		ui->before = panes[0];
	} else if (*ui->search) {
		*ui->search = '\0';
	} else if (*ui->filter) {
		*ui->filter = '\0';
	} else {
		return true;
	}
	ui->reveal = true;
	return false;
}

enum ui_effect act_open(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	open_pane(ui, key->with.pane);
	return EFFECT_NONE;
}

enum ui_effect act_back(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	return back(ui) && ui->nested ? EFFECT_QUIT : EFFECT_NONE;
}

static void open_or_back(struct ui *ui, const struct pane *pane)
{
	if (ui->pane == pane)
		back(ui);
	else
		open_pane(ui, pane);
}

enum ui_effect act_help(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	open_or_back(ui, key->with.pane);
	return EFFECT_NONE;
}

enum ui_effect act_enter(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	if (ui->pane->enter)
		ui->pane->enter(ui, m);
	else
		open_pane(ui, key->with.pane);
	return EFFECT_NONE;
}

/* On where the pane is not shown, and off by the same key. */
enum ui_effect act_stacks(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	bool open = ui->pane != key->with.pane;

	ui->stacks_again += open && !ui->stacks;
	ui->stacks = open;
	if (open)
		open_pane(ui, key->with.pane);
	else
		back(ui);
	return EFFECT_NONE;
}

/* What was begun goes on behind other panes: the longer workers are watched, the more is known. */
enum ui_effect act_why(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	ui->why = true;
	open_or_back(ui, key->with.pane);
	return EFFECT_NONE;
}

enum ui_effect act_stacks_of_one(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	ui->stacks_of_one = !ui->stacks_of_one;
	ui_say(ui, ui->stacks_of_one ? "stacks of the selected process" : "stacks of the pool");
	return EFFECT_NONE;
}

enum ui_effect act_stacks_again(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	ui->stacks_again++;
	ui_say(ui, ui->stacks ? "the stacks so far are forgotten" : "call stacks are off: press s");
	return EFFECT_NONE;
}

/* From a pane that is not in the round, Tab goes on as from the first pane. */
enum ui_effect act_next_pane(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	int to = ui->pane->in_round ? pane_number(ui->pane) : 0;

	do {
		to = (to + key->with.by + npanes) % npanes;
	} while (!panes[to]->in_round);
	open_pane(ui, panes[to]);
	return EFFECT_NONE;
}

/* ---- moving */

/* Beyond the end is the end by ui_settle(). */
static void move(struct ui *ui, const struct ui_model *m, int by)
{
	int *scroll = &ui->scroll[pane_number(ui->pane)];
	struct proc_key before = ui->selected;

	if (ui->pane->move)
		ui->pane->move(ui, m, by);
	if (!ui->pane->move || (ui->pane->scrolls && proc_key_same(before, ui->selected)))
		*scroll = by < 0 && *scroll < -by ? 0 : *scroll + by;
}

enum ui_effect act_move(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	move(ui, m, key->with.by);
	return EFFECT_NONE;
}

enum ui_effect act_page(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	int rows = layout_height(m, ui).rows;

	move(ui, m, key->with.by * (rows > 1 ? rows - 1 : 1));
	return EFFECT_NONE;
}

static int clamp(int n, int most)
{
	return n < 0 ? 0 : n > most ? most : n;
}

enum ui_effect act_aside(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	struct page page = layout_page(m, ui);

	if (ui->pane->aside)
		ui->scroll[pane_number(ui->pane)] = ui->pane->aside(m, ui, &page, key->with.by);
	else
		ui->aside = clamp(ui->aside + key->with.by, ASIDE_MAX);
	return EFFECT_NONE;
}

enum ui_effect act_zoom(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	if (ui->pane->zoom)
		ui->pane->zoom(ui, key->with.by);
	else
		ui->span = clamp(ui->span - key->with.by, SPAN_MAX);
	return EFFECT_NONE;
}

/* ---- the program */

enum ui_effect act_effect(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	return key->with.effect;
}

/* The help is closed as a pager is. */
enum ui_effect act_quit(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	if (ui->pane != &pane_help)
		return key->with.effect;
	back(ui);
	return EFFECT_NONE;
}

enum ui_effect act_color(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	ui->mono = !ui->mono;
	return EFFECT_REPAINT;
}
