#include "tui/view.h"

#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"
#include "tui/bottom.h"
#include "tui/format.h"
#include "tui/header.h"
#include "tui/kept.h"
#include "tui/layout.h"
#include "tui/pane.h"
#include "tui/playback_line.h"

/* Columns that the name of the pool has before what is kept. */
#define NAME_ROOM 16

/* The time at the right of the title, with "PAUSED" or "PAST" and how long ago when it is not live. */
static enum paint clock_text(const struct ui_model *m, const struct ui *ui, char out[static 64])
{
	const struct instant *latest = timeline_at(m->timeline, timeline_last(m->timeline));
	int64_t shown = m->shown->facts->time_ns;
	char time[ZONE_TEXT], ago[16], least[16] = "";
	bool stretched = m->stretched_s > 0 && !m->playback;

	if (ui->at) {
		units_format_age(ago, latest ? (double)(latest->time_ns - shown) / SECOND : 0);
		snprintf(out, 64, " %s %.24s, %s ago ", ui->paused ? "PAUSED" : "PAST",
			 zone_clock(time, ui->zone, shown), ago);
		return PAINT_ALERT;
	}
	if (ui->columns >= 70)
		snprintf(out, 64, "%.32s, every %ss%s%s%s", zone_date(time, ui->zone, shown),
			 units_format_count(ago, ui->interval_s), stretched ? " -> " : "",
			 stretched ? units_format_count(least, m->stretched_s) : "", stretched ? "s" : "");
	else
		snprintf(out, 64, "%s", zone_clock(time, ui->zone, shown));
	return stretched ? PAINT_WARN : PAINT_TITLE;
}

static void draw_gone_banner(const struct ui_model *m, struct cells *c)
{
	char text[96];

	snprintf(text, sizeof(text), " %s %d IS GONE%s; q leaves",
		 m->shown->facts->master_pid ? "MASTER" : "THE POOL OF", sample_leader(m->shown->facts),
		 c->columns < 60 ? "" : ": these are the last figures");
	cells_fill(c, 0, 0, c->columns, PAINT_ALERT, " ");
	cells_print(c, 0, 0, c->columns, PAINT_ALERT, text);
}

static void add_number_of(struct buf *out, figure n, const char *what)
{
	char text[16];

	buf_printf(out, ", %s %s%s", units_format_count(text, n), what, n == 1 ? "" : "s");
}

/* What comes from the last time, where there is room for it beside the name of the pool. */
static void add_kept(struct buf *out, const struct ui *ui, int width)
{
	cleanup(buf_release) struct buf kept = { 0 };

	kept_text(ui, &kept);
	if (kept.len && out->len + kept.len + 10 + NAME_ROOM <= (size_t)width)
		buf_printf(out, "; kept: %s", kept.data);
}

static void draw_title(const struct ui_model *m, const struct ui *ui, struct cells *c)
{
	cleanup(buf_release) struct buf rest = { 0 };
	char text[64];
	enum paint paint;
	int width, at;

	if (m->master_gone && !ui->at) {
		draw_gone_banner(m, c);
		return;
	}
	paint = clock_text(m, ui, text);
	width = (int)text_width(text, strlen(text));
	cells_print_right(c, 0, c->columns - width, width, paint, text);
	width = c->columns - width - 1;

	if (m->shown->facts->master_pid)
		buf_printf(&rest, "%s %d", c->columns >= 60 ? ": master" : "", m->shown->facts->master_pid);
	else
		buf_printf(&rest, "%s, led by %d", c->columns >= 60 ? ": master gone" : "",
			   sample_leader(m->shown->facts));
	add_number_of(&rest, m->shown->pool.workers, "worker");
	if (m->shown->pool.helpers > 0 && c->columns >= 70)
		add_number_of(&rest, m->shown->pool.helpers, "helper");
	add_kept(&rest, ui, width);
	at = cells_foreign(c, 0, 0, width - (int)rest.len, PAINT_TITLE, m->shown->command);
	cells_print(c, 0, at, width - at, PAINT_TITLE, rest.data);
}

static void draw_pane(const struct ui_model *m, const struct ui *ui, struct cells *c)
{
	struct page p = layout_page(m, ui);

	p.cells = c;
	ui->pane->draw(m, ui, &p);
}

void view_draw(const struct ui_model *m, const struct ui *ui, struct cells *c)
{
	c->ascii = ui->ascii;
	cells_resize(c, ui->rows, ui->columns);
	if (m->shown) {
		draw_title(m, ui, c);
		if (m->playback)
			playback_draw(m->playback, c, 1);
		header_draw(m, ui, c, layout_title(m), layout_header(m, ui));
		draw_pane(m, ui, c);
	} else {
		cells_print(c, 0, 0, c->columns, PAINT_DIM, "waiting for the first sample");
	}
	if (c->rows > 1)
		bottom_draw(m, ui, c);
}
