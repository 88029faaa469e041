#include "tui/ui.h"

#include <stdio.h>
#include "tui/pane.h"
#include "tui/rows.h"

void ui_model_init(struct ui_model *m)
{
	*m = (struct ui_model){
		.timeline = timeline_new(TIMELINE_BYTES),
		.own_cpu = UNKNOWN,
		.stacks = { .per_s = UNKNOWN, .cpu = UNKNOWN },
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
	*m = (struct ui_model){ 0 };
}

void ui_model_add(struct ui_model *m, const struct snapshot *snap)
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

void ui_model_show(struct ui_model *m, uint64_t number)
{
	if (!number || number != m->past_number)
		forget_past(m);
	m->number = number ? number : timeline_last(m->timeline);
	m->shown = m->live;
	if (number) {
		if (!m->past_number)
			timeline_restore(m->timeline, number, &m->past);
		m->past_number = number;
		m->shown = &m->past.snap;
	}
	gone_release(&m->gone);
	timeline_gone(m->timeline, m->number, ROWS_MARKED, &m->gone);
}

bool ui_wants_space(const struct ui *ui)
{
	return ui->pane->wants_space && ui->selected.pid && !ui->at;
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

void ui_say(struct ui *ui, const char *text)
{
	snprintf(ui->message, sizeof(ui->message), "%s", text);
}
