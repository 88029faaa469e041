#include "tui/pane.h"

#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/units.h"
#include "tui/format.h"
#include "tui/table.h"

enum event_column { E_TIME, E_PID, E_COPIED, E_TEXT };

static const struct head heads[] = {
	[E_TIME] = { "TIME", 13, 0, 0, true },
	[E_PID] = { "PID", 7, 1, 0, false },
	[E_COPIED] = { "COPIED", 9, 2, 0, false },
	[E_TEXT] = { "EVENT", 12, 0, 1000, true },
};

static enum paint paint_of(enum event_type type)
{
	switch (type) {
	case EVENT_WORKER_STARTED:
		return PAINT_BORN;
	case EVENT_WORKER_EXITED:
		return PAINT_GONE;
	case EVENT_MASTER_EXITED:
	case EVENT_MEMORY_LOW:
		return PAINT_BAD;
	case EVENT_GC_SETTINGS_CHANGED:
	case EVENT_FAULT_BURST:
	case EVENT_COLLAPSED:
		return PAINT_WARN;
	case EVENT_GC_COLLECTED:
		break;
	}
	return PAINT_PLAIN;
}

static void draw_event(struct screen_table *t, const struct zone *zone, int row, const struct event *e)
{
	char text[ZONE_TEXT];

	table_put(t, E_TIME, row, PAINT_DIM, zone_clock(text, zone, e->time_ns));
	snprintf(text, sizeof(text), "%d", e->pid);
	table_put(t, E_PID, row, PAINT_PLAIN, text);
	table_put(t, E_COPIED, row, PAINT_PLAIN,
		  known(e->cow_bytes) ? measure_size(text, event_copies(e)) : "");
	table_put_foreign(t, E_TEXT, row, paint_of(e->type), e->text, 0);
}

/* Marks of instants that are still to come are listed too: a key goes to them. */
static void draw_mark(struct screen_table *t, const struct zone *zone, int row,
		      const struct playback_mark *mark, bool later)
{
	cleanup(buf_release) struct buf line = { 0 };
	char text[ZONE_TEXT];

	table_put(t, E_TIME, row, PAINT_DIM, zone_clock(text, zone, mark->time_ns));
	buf_printf(&line, "mark: %s", mark->text);
	table_put_foreign(t, E_TEXT, row, later ? PAINT_DIM : PAINT_LABEL, line.data, 0);
}

static void height(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	const struct event *events;
	size_t n, i;

	page_head(p);
	events = timeline_events(m->timeline, &n);
	for (i = 0; i < n; i++)
		p->lines += events[i].time_ns <= m->shown->facts->time_ns;
	p->lines += m->playback ? (int)m->playback->nmarks : 0;
	if (!p->lines)
		p->lines = 1;
}

/* The latest first. Events that are later than the instant shown are left out: nobody knew of them then. */
static void draw(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	const struct playback_mark *marks = m->playback ? m->playback->marks : NULL;
	size_t nmarks = m->playback ? m->playback->nmarks : 0, n;
	int64_t now = m->shown->facts->time_ns;
	const struct event *events, *e;
	struct screen_table t;

	table_fit(&t, heads, sizeof(heads) / sizeof(*heads), 0, p->cells, p->left, p->columns);
	table_heads(&t, page_head(p), -1);
	events = timeline_events(m->timeline, &n);
	for (e = events + n; e-- > events;) {
		if (e->time_ns > now)
			continue;
		for (; nmarks && marks[nmarks - 1].time_ns > e->time_ns; nmarks--)
			draw_mark(&t, ui->zone, page_line(p), &marks[nmarks - 1],
				  marks[nmarks - 1].time_ns > now);
		draw_event(&t, ui->zone, page_line(p), e);
	}
	for (; nmarks; nmarks--)
		draw_mark(&t, ui->zone, page_line(p), &marks[nmarks - 1], marks[nmarks - 1].time_ns > now);
	if (!p->lines)
		page_say(p, PAINT_DIM, "nothing has happened so far");
}

const struct pane pane_events = {
	.name = "events",
	.share = 45,
	.in_round = true,
	.height = height,
	.draw = draw,
};
