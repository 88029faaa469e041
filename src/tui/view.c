#include "tui/view.h"

#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"
#include "model/field.h"
#include "tui/ask.h"
#include "tui/format.h"
#include "tui/header.h"
#include "tui/key.h"
#include "tui/layout.h"
#include "tui/pane.h"
#include "tui/playback_line.h"

/* The time at the right of the title, with "PAUSED" or "PAST" and how long ago when it is not live. */
static enum paint clock_text(const struct ui_model *m, const struct ui *ui, char out[static 64])
{
	const struct instant *latest = timeline_at(m->timeline, timeline_last(m->timeline));
	int64_t shown = m->shown->facts->time_ns;
	char time[ZONE_TEXT], ago[16];

	if (ui->at) {
		units_format_age(ago, latest ? (double)(latest->time_ns - shown) / SECOND : 0);
		snprintf(out, 64, " %s %.24s, %s ago ", ui->paused ? "PAUSED" : "PAST",
			 zone_clock(time, ui->zone, shown), ago);
		return PAINT_ALERT;
	}
	if (ui->columns >= 70)
		snprintf(out, 64, "%.32s, every %ss", zone_date(time, ui->zone, shown),
			 units_format_count(ago, ui->interval_s));
	else
		snprintf(out, 64, "%s", zone_clock(time, ui->zone, shown));
	return PAINT_TITLE;
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
	at = cells_foreign(c, 0, 0, width - (int)rest.len, PAINT_TITLE, m->shown->command);
	cells_print(c, 0, at, width - at, PAINT_TITLE, rest.data);
}

/* Columns that are kept for the answer, before the examples get any. */
#define ASK_ROOM 20

static void draw_ask(const struct ui *ui, struct cells *c, int row)
{
	const char *prompt = ask_prompt(ui->ask), *examples = strchr(prompt, '(');
	size_t len = strlen(ui->line), from = 0, most = strlen(prompt);
	int at;

	/* On a narrow screen the prompt goes without its examples. */
	if (examples && most + ASK_ROOM > (size_t)c->columns)
		most = (size_t)(examples - prompt);
	at = cells_print(c, row, 0, c->columns < (int)most ? c->columns : (int)most, PAINT_ASK, prompt);

	/* Of a line that is too long, its end. */
	while (text_width(ui->line + from, len - from) > (size_t)(c->columns - at - 1) && from < len &&
	       at + 1 < c->columns)
		from += text_fit(ui->line + from, len - from, 1) ?: 1;
	at += cells_print(c, row, at, c->columns - at, PAINT_PLAIN, ui->line + from);
	c->cursor_row = row;
	c->cursor_column = at < c->columns ? at : c->columns - 1;
}

/* Filter, "active" and "follow", which narrow the table. Returns the columns that they took. */
static int draw_narrowed(const struct ui *ui, struct cells *c, int row)
{
	int at = 0;

	if (*ui->filter) {
		at += cells_print(c, row, at, c->columns - at, PAINT_ALERT, " only ");
		at += cells_print(c, row, at, c->columns - at, PAINT_ALERT, ui->filter);
		at += cells_print(c, row, at, c->columns - at, PAINT_ALERT, " ");
	}
	if (ui->active)
		at += cells_print(c, row, at, c->columns - at, PAINT_ALERT, " active ");
	if (ui->follow)
		at += cells_print(c, row, at, c->columns - at, PAINT_ALERT, " follow ");
	return at ? at + 1 : 0;
}

/* The word of the pane that is open stands out. Returns where the next one goes. */
static int draw_hint(const struct ui *ui, struct cells *c, int row, int at, const struct key *key)
{
	bool open = key->with.pane == ui->pane;
	char name[16];
	int need;

	key_label(name, key->codes[0]);
	need = (int)(strlen(name) + 1 + strlen(key->hint));
	if (at + need > c->columns)
		return c->columns;
	cells_print(c, row, at, need, PAINT_KEY, name);
	cells_print(c, row, at + (int)strlen(name) + 1, need, open ? PAINT_LABEL : PAINT_DIM, key->hint);
	return at + need + 2;
}

/* Leaving and help are there on the narrowest screen. */
static bool is_first(const struct key *key)
{
	return key->with.pane == &pane_help || key->with.effect == EFFECT_QUIT;
}

static void draw_hints(const struct ui_model *m, const struct ui *ui, struct cells *c, int row, int at)
{
	const struct key *key, *end = ui->keys + ui->nkeys;

	for (key = ui->keys; key < end; key++) {
		if (is_first(key))
			at = draw_hint(ui, c, row, at, key);
	}
	for (key = ui->keys; key < end; key++) {
		if (*key->hint && !is_first(key) && key_applies(key, key_view_of(m)))
			at = draw_hint(ui, c, row, at, key);
	}
}

/* The sums over the tagged processes; false: no process of the instant is tagged. */
static bool tagged_text(const struct ui_model *m, const struct ui *ui, char out[static 128])
{
	struct measure shared = measure_make(0, UNKNOWN, false), cow = shared;
	figure rss = 0;
	char a[20], b[20], d[16];
	size_t i, n = 0;

	for (i = 0; i < m->shown->nprocs; i++) {
		const struct proc_snapshot *p = &m->shown->procs[i];

		if (!ui_is_tagged(ui, proc_key_of(p)))
			continue;
		rss += p->figures.memory.rss;
		shared = measure_plus(shared, PROCESS_MEASURE(p, shared_bytes));
		cow = measure_plus(cow, PROCESS_MEASURE(p, cow_broken_bytes));
		n++;
	}
	snprintf(out, 128, "%zu tagged: copied %s, shared %s, RSS %s", n, measure_size(a, cow),
		 measure_size(b, shared), units_format_size(d, rss));
	return n > 0;
}

static void draw_bottom(const struct ui_model *m, const struct ui *ui, struct cells *c)
{
	int row = c->rows - 1, at;
	char text[128];

	if (ui->ask != ASK_NONE) {
		draw_ask(ui, c, row);
		return;
	}
	at = draw_narrowed(ui, c, row);
	if (*ui->message)
		cells_print(c, row, at, c->columns - at, PAINT_ASK, ui->message);
	else if (*m->status)
		cells_print(c, row, at, c->columns - at, PAINT_ASK, m->status);
	else if (m->shown && tagged_text(m, ui, text))
		cells_print(c, row, at, c->columns - at, PAINT_TAGGED, text);
	else
		draw_hints(m, ui, c, row, at);
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
		draw_bottom(m, ui, c);
}
