#include "tui/act.h"

/* Look at an instant; 0: live. The latest is not the past. */
static void look_at(struct ui *ui, uint64_t number)
{
	ui->at = number;
	ui->paused = false;
}

enum ui_effect act_now(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	if (!ui->at)
		return EFFECT_SAMPLE;
	look_at(ui, ui->at < timeline_last(m->timeline) ? ui->at + 1 : 0);
	return EFFECT_NONE;
}

enum ui_effect act_earlier(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	uint64_t number = ui->at ? ui->at : timeline_last(m->timeline);

	if (number > timeline_first(m->timeline))
		look_at(ui, number - 1);
	else
		ui_say(ui, "this is the oldest instant");
	return EFFECT_NONE;
}

enum ui_effect act_oldest(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	look_at(ui, timeline_first(m->timeline));
	return EFFECT_NONE;
}

enum ui_effect act_live(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	look_at(ui, 0);
	return EFFECT_NONE;
}

/* From any instant of the past the same key goes back to live. */
enum ui_effect act_pause(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	bool on = !ui->at;

	look_at(ui, on ? timeline_last(m->timeline) : 0);
	ui->paused = on && ui->at;
	return EFFECT_NONE;
}
