#include "tui/act.h"

#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/units.h"
#include "base/when.h"
#include "tui/ask.h"

enum ui_effect act_ask(struct ui *ui, const struct ui_model *m, const struct key *key)
{
	ask_begin(ui, key->with.ask);
	return EFFECT_NONE;
}

/* An empty line: nothing is searched for any more. */
static enum ui_effect search(struct ui *ui, const struct ui_model *m)
{
	static const struct key next = { .with = { .by = 1 } };

	memcpy(ui->search, ui->line, sizeof(ui->search));
	return *ui->search ? act_find(ui, m, &next) : EFFECT_NONE;
}

static enum ui_effect filter(struct ui *ui)
{
	memcpy(ui->filter, ui->line, sizeof(ui->filter));
	ui->reveal = true;
	return EFFECT_NONE;
}

static enum ui_effect interval(struct ui *ui)
{
	int64_t ns;

	if (units_parse_time(ui->line, &ns) < 0 || (double)ns < UI_INTERVAL_MIN * SECOND ||
	    (double)ns > UI_INTERVAL_MAX * SECOND) {
		snprintf(ui->message, sizeof(ui->message), "no interval from 100ms to 1h: %s", ui->line);
		return EFFECT_NONE;
	}
	ui->interval_s = (double)ns / SECOND;
	return EFFECT_INTERVAL;
}

static enum ui_effect go_to(struct ui *ui, const struct ui_model *m)
{
	const struct instant *latest = timeline_at(m->timeline, timeline_last(m->timeline));
	const struct instant *oldest = timeline_at(m->timeline, timeline_first(m->timeline));
	char text[ZONE_SPAN];
	struct when when;
	int64_t ns;

	if (!latest || !oldest || when_parse(ui->line, &when, NULL) < 0 ||
	    when_last(&when, ui->zone, oldest->time_ns, latest->time_ns, &ns, NULL) < 0) {
		snprintf(ui->message, sizeof(ui->message), "no time: %s", ui->line);
		return EFFECT_NONE;
	}
	/* What lies outside leads to an end of it. The screen shows seconds without their fractions. */
	if (ns + SECOND <= oldest->time_ns || ns - SECOND >= latest->time_ns)
		snprintf(ui->message, sizeof(ui->message), "this view has %s",
			 zone_span(text, ui->zone, oldest->time_ns, latest->time_ns));
	ui->at = timeline_find(m->timeline, ns);
	ui->paused = false;
	return EFFECT_NONE;
}

enum ui_effect act_answer(struct ui *ui, const struct ui_model *m, enum ask what)
{
	bool empty = !*ui->line;

	switch (what) {
	case ASK_SEARCH:
		return search(ui, m);
	case ASK_FILTER:
		return filter(ui);
	case ASK_INTERVAL:
		return empty ? EFFECT_NONE : interval(ui);
	case ASK_TIME:
		return empty ? EFFECT_NONE : go_to(ui, m);
	case ASK_PLAY_TIME:
		return empty ? EFFECT_NONE : EFFECT_PLAY_TIME;
	case ASK_NONE:
		break;
	}
	return EFFECT_NONE;
}
