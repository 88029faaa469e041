#include "tui/ui.h"

#include <stdlib.h>
#include <string.h>
#include "tui/column.h"
#include "tui/rows.h"
#include "tui/stack_list.h"
#include "tui/view_layout.h"

void ui_init(struct ui *ui)
{
	*ui = (struct ui){
		.rows = 24,
		.columns = 80,
		.sort = column_find("cow"),
		.interval_s = 1,
	};
}

void ui_model_init(struct ui_model *m)
{
	*m = (struct ui_model){
		.timeline = timeline_new(TIMELINE_BYTES),
		.own_cpu = UNKNOWN,
		.stacks = {.per_s = UNKNOWN, .cpu = UNKNOWN},
	};
}

static void forget_past(struct ui_model *m)
{
	replica_release(&m->past);
	m->past_number = 0;
}

void ui_model_release(struct ui_model *m)
{
	forget_past(m);
	gone_release(&m->gone);
	timeline_free(m->timeline);
	*m = (struct ui_model){0};
}

void ui_model_take(struct ui_model *m, const struct snapshot *snap)
{
	timeline_add(m->timeline, snap);
	m->live = snap;
}

void ui_model_jump(struct ui_model *m, struct timeline *history)
{
	forget_past(m);
	timeline_free(m->timeline);
	m->timeline = history;
	m->live = m->shown = NULL;
}

/* The oldest instant moves on while somebody looks at it. */
static void settle_time(struct ui *ui, struct ui_model *m)
{
	uint64_t first = timeline_first(m->timeline), last = timeline_last(m->timeline);

	if (ui->at && ui->at < first)
		ui->at = first;
	if (ui->at > last)
		ui->at = 0;
	if (!ui->at)
		ui->paused = false;
	if (!ui->at || ui->at != m->past_number)
		forget_past(m);

	m->number = ui->at ? ui->at : last;
	m->shown = m->live;
	if (ui->at) {
		if (!m->past_number)
			timeline_restore(m->timeline, ui->at, &m->past);
		m->past_number = ui->at;
		m->shown = &m->past.snap;
	}
	gone_release(&m->gone);
	timeline_gone(m->timeline, m->number, ROWS_MARKED, &m->gone);
}

/* A pane about one process stays with it, also when it is no more. */
static bool is_about_selected(enum pane pane)
{
	return pane == PANE_REGIONS || pane == PANE_MAP || pane == PANE_DETAILS ||
	       pane == PANE_STACKS;
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

static void settle_selection(struct ui *ui, const struct rows *rows)
{
	int at = rows_find(rows, ui->selected);

	if (at < 0 && rows->n && !(ui->selected.pid && is_about_selected(ui->pane))) {
		at = ui->selected.pid ? ui->selected_row : first_worker(rows);
		at = at < rows->n ? at : rows->n - 1;
		ui->selected = rows->items[at].key;
		ui->reveal = true;
	}
	if (at >= 0)
		ui->selected_row = at;
}

/* So that `line` is seen, and of what it is part of as much as there is room for. */
static void scroll_to(int *scroll, int line, int begin, int end, int rows)
{
	if (*scroll < end - rows + 1)
		*scroll = end - rows + 1;
	if (*scroll > begin)
		*scroll = begin;
	if (*scroll < line - rows + 1)
		*scroll = line - rows + 1;
}

static void settle_scroll(struct ui *ui, const struct ui_model *m)
{
	struct page page = view_measure(m, ui);
	int *scroll = &ui->scroll[ui->pane], last = page.lines - page.rows;
	int at = ui->selected_row, begin, end;

	if (ui->pane == PANE_WORKERS && (ui->reveal || ui->follow))
		scroll_to(scroll, at, at, at, page.rows);
	if (ui->pane == PANE_STACKS && (ui->reveal || ui->stack)) {
		stack_list_lines(m, ui, &begin, &end);
		scroll_to(scroll, begin + ui->stack_line, begin, end, page.rows);
	}
	if (*scroll > last)
		*scroll = last;
	if (*scroll < 0)
		*scroll = 0;
	ui->reveal = false;
}

void ui_settle(struct ui *ui, struct ui_model *m)
{
	struct rows rows;

	if (ui->sort < 0 || ui->sort >= ncolumns)
		ui->sort = column_find("cow");
	settle_time(ui, m);
	rows_list(m, ui, &rows);
	settle_selection(ui, &rows);
	rows_release(&rows);
	stack_list_settle(ui, m);
	settle_scroll(ui, m);
}

bool ui_wants_space(const struct ui *ui)
{
	return (ui->pane == PANE_REGIONS || ui->pane == PANE_MAP) && ui->selected.pid && !ui->at;
}

static size_t tag_at(const struct ui *ui, struct proc_key key)
{
	size_t i;

	for (i = 0; i < ui->ntagged && !proc_key_same(ui->tagged[i], key); i++)
		;
	return i;
}

bool ui_is_tagged(const struct ui *ui, struct proc_key key)
{
	return tag_at(ui, key) < ui->ntagged;
}

bool ui_toggle_tag(struct ui *ui, struct proc_key key)
{
	size_t at = tag_at(ui, key);

	if (at < ui->ntagged) {
		ui->tagged[at] = ui->tagged[--ui->ntagged];
		return true;
	}
	if (ui->ntagged == UI_TAGS)
		return false;
	ui->tagged[ui->ntagged++] = key;
	return true;
}

const char *pane_name(enum pane pane)
{
	static const char *const names[PANES] = {
		[PANE_WORKERS] = "workers", [PANE_GROUPS] = "groups", [PANE_REGIONS] = "regions",
		[PANE_MAP] = "map",         [PANE_FAULTS] = "faults", [PANE_EVENTS] = "events",
		[PANE_HELP] = "help",       [PANE_DETAILS] = "details", [PANE_STACKS] = "stacks",
	};

	return names[pane];
}
