#include "tui/view.h"

#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "model/field.h"
#include "tui/ask.h"
#include "tui/format.h"
#include "tui/keys.h"
#include "tui/pane.h"
#include "tui/playback_line.h"
#include "tui/view_layout.h"

/* A pane, and how much of the screen it needs before the top block gets any. */
static const struct {
	pane_fn *draw;
	enum action action; /* that opens it */
	int share;          /* percent */
} panes[PANES] = {
	[PANE_WORKERS] = {pane_workers, ACTION_WORKERS, 35},
	[PANE_GROUPS] = {pane_groups, ACTION_GROUPS, 45},
	[PANE_REGIONS] = {pane_regions, ACTION_REGIONS, 60},
	[PANE_MAP] = {pane_map, ACTION_MAP, 70},
	[PANE_FAULTS] = {pane_faults, ACTION_FAULTS, 70},
	[PANE_EVENTS] = {pane_events, ACTION_EVENTS, 45},
	[PANE_HELP] = {pane_help, ACTION_HELP, 85},
	[PANE_DETAILS] = {pane_details, ACTION_DETAILS, 70},
	[PANE_STACKS] = {pane_stacks, ACTION_STACKS, 75},
};

#define BOTTOM 1
#define PANE_LEAST 5

/* The title, and in a replay where it is. */
static int lines_of_title(const struct ui_model *m)
{
	return m->playback ? 2 : 1;
}

static int lines_on_top(const struct ui_model *m, const struct ui *ui)
{
	int rows = ui->rows - lines_of_title(m) - BOTTOM, pane = ui->rows * panes[ui->pane].share / 100;

	rows -= pane > PANE_LEAST ? pane : PANE_LEAST;
	/* The cost of the stacks is said on any screen. */
	return header_lines(m, ui, ui_watches(ui, m) && rows < 1 ? 1 : rows);
}

struct page view_page(const struct ui_model *m, const struct ui *ui, struct cells *c)
{
	int top = lines_of_title(m) + lines_on_top(m, ui), rows = ui->rows - BOTTOM - top;
	struct page p = {
		.cells = c,
		.top = top,
		.rows = rows > 0 ? rows : 0,
		.columns = ui->columns,
		.scroll = ui->scroll[ui->pane],
		.counted = !c->cells,
	};

	if (m->shown)
		panes[ui->pane].draw(m, ui, &p);
	return p;
}

struct page view_measure(const struct ui_model *m, const struct ui *ui)
{
	struct cells nowhere = {0};

	return view_page(m, ui, &nowhere);
}

/* What the clock stands beside: nothing when all is live. */
static enum paint clock_text(const struct ui_model *m, const struct ui *ui, char out[static 64])
{
	const struct instant *latest = timeline_at(m->timeline, timeline_last(m->timeline));
	int64_t shown = m->shown->facts->time_ns;
	char clock[32], date[32], ago[16];

	if (ui->at) {
		units_format_age(ago, latest ? (double)(latest->time_ns - shown) / 1e9 : 0);
		snprintf(out, 64, " %s %s, %s ago ", ui->paused ? "PAUSED" : "PAST",
			 format_clock(clock, shown), ago);
		return PAINT_ALERT;
	}
	if (ui->columns >= 70)
		snprintf(out, 64, "%s UTC, every %ss", format_date(date, shown),
			 units_format_count(ago, ui->interval_s));
	else
		snprintf(out, 64, "%s", format_clock(clock, shown));
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
	cleanup(buf_release) struct buf rest = {0};
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

/* Columns that an answer has in any case, if it is not the screen that has no more. */
#define ASK_ROOM 20

static void draw_ask(const struct ui *ui, struct cells *c, int row)
{
	const char *prompt = ask_prompt(ui->ask), *examples = strchr(prompt, '(');
	size_t len = strlen(ui->line), from = 0, most = strlen(prompt);
	int at;

	/* What is typed is seen, also where there is no room for examples. */
	if (examples && most + ASK_ROOM > (size_t)c->columns)
		most = (size_t)(examples - prompt);
	at = cells_print(c, row, 0, c->columns < (int)most ? c->columns : (int)most, PAINT_ASK, prompt);

	/* Of a line that is too long, its end. */
	while (text_width(ui->line + from, len - from) > (size_t)(c->columns - at - 1) &&
	       from < len && at + 1 < c->columns)
		from += text_fit(ui->line + from, len - from, 1) ? : 1;
	at += cells_print(c, row, at, c->columns - at, PAINT_PLAIN, ui->line + from);
	c->cursor_row = row;
	c->cursor_column = at < c->columns ? at : c->columns - 1;
}

/* What narrows the table is never silent. */
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
	bool open = panes[ui->pane].action == key->action;
	char name[16];
	int need;

	key_label(name, key->codes[0]);
	need = (int)(strlen(name) + 1 + strlen(key->hint));
	if (at + need > c->columns)
		return c->columns;
	cells_print(c, row, at, need, PAINT_KEY, name);
	cells_print(c, row, at + (int)strlen(name) + 1, need,
		    open ? PAINT_LABEL : PAINT_DIM, key->hint);
	return at + need + 2;
}

/* Leaving and help first: they are there on the narrowest screen. */
static void draw_hints(const struct ui_model *m, const struct ui *ui, struct cells *c, int row,
		       int at)
{
	size_t i;

	for (i = 0; i < nkeys; i++) {
		if (keys[i].action == ACTION_QUIT || keys[i].action == ACTION_HELP)
			at = draw_hint(ui, c, row, at, &keys[i]);
	}
	for (i = 0; i < nkeys; i++) {
		if (*keys[i].hint && key_applies(&keys[i], ui_keys(m)) && keys[i].action != ACTION_QUIT && keys[i].action != ACTION_HELP)
			at = draw_hint(ui, c, row, at, &keys[i]);
	}
}

/* What the tagged processes come to together. */
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

void view_draw(const struct ui_model *m, const struct ui *ui, struct cells *c)
{
	c->ascii = ui->ascii;
	cells_resize(c, ui->rows, ui->columns);
	if (m->shown) {
		draw_title(m, ui, c);
		if (m->playback)
			playback_draw(m->playback, c, 1);
		header_draw(m, ui, c, lines_of_title(m), lines_on_top(m, ui));
		view_page(m, ui, c);
	} else {
		cells_print(c, 0, 0, c->columns, PAINT_DIM, "waiting for the first sample");
	}
	if (c->rows > 1)
		draw_bottom(m, ui, c);
}
