#include "tui/pane.h"

#include <stdio.h>
#include <string.h>
#include "base/units.h"
#include "tui/format.h"
#include "tui/table.h"

enum event_column { E_TIME, E_PID, E_COPIED, E_TEXT };

static const struct head heads[] = {
	[E_TIME] = {"TIME", 8, 0, 0, true},
	[E_PID] = {"PID", 7, 1, 0, false},
	[E_COPIED] = {"COPIED", 9, 2, 0, false},
	[E_TEXT] = {"EVENT", 12, 0, 1000, true},
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
		return PAINT_WARN;
	case EVENT_GC_COLLECTED:
		break;
	}
	return PAINT_PLAIN;
}

/* The latest first. Of those that are later than the instant shown nothing was known then. */
void pane_events(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	const struct event *events, *e;
	char text[32];
	struct table t;
	size_t n;
	int row;

	table_fit(&t, heads, sizeof(heads) / sizeof(*heads), 0, p->cells, p->left, p->columns);
	table_heads(&t, page_head(p), -1);
	events = timeline_events(m->timeline, &n);
	for (e = events + n; e-- > events;) {
		if (e->time_ns > m->shown->facts->time_ns)
			continue;
		row = page_line(p);
		table_put(&t, E_TIME, row, PAINT_DIM, format_clock(text, e->time_ns));
		snprintf(text, sizeof(text), "%d", e->pid);
		table_put(&t, E_PID, row, PAINT_PLAIN, text);
		table_put(&t, E_COPIED, row, PAINT_PLAIN,
			  known(e->cow_bytes) ? units_format_size(text, e->cow_bytes) : "");
		table_put_foreign(&t, E_TEXT, row, paint_of(e->type), e->text, 0);
	}
	if (!p->lines)
		page_say(p, PAINT_DIM, "nothing has happened so far");
}
