#include "tui/bottom.h"

#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "model/field.h"
#include "tui/ask.h"
#include "tui/kept.h"
#include "tui/key.h"
#include "tui/layout.h"
#include "tui/pane.h"

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

/* What is free of the line: from `at` up to `end`. */
struct room {
	struct cells *cells;
	int row, at, end;
};

static void put(struct room *r, enum paint paint, const char *text)
{
	r->at += cells_print(r->cells, r->row, r->at, r->end - r->at, paint, text);
}

/* Filter, "active" and "follow", which narrow the table. */
static void draw_narrowed(const struct ui *ui, struct room *r)
{
	int begin = r->at;

	if (*ui->filter) {
		put(r, PAINT_ALERT, " only ");
		put(r, PAINT_ALERT, ui->filter);
		put(r, PAINT_ALERT, " ");
	}
	if (ui->active)
		put(r, PAINT_ALERT, " active ");
	if (ui->follow)
		put(r, PAINT_ALERT, " follow ");
	r->at += r->at > begin;
}

/* The word of the pane that is open stands out. One that does not fit is the end. */
static void draw_hint(const struct ui *ui, struct room *r, const struct key *key)
{
	bool open = key->with.pane == ui->pane;
	int begin = r->at, need;
	char name[16];

	key_label(name, key->codes[0]);
	need = (int)(strlen(name) + 1 + strlen(key->hint));
	if (r->at + need > r->end) {
		r->at = r->end;
		return;
	}
	put(r, PAINT_KEY, name);
	r->at++;
	put(r, open ? PAINT_LABEL : PAINT_DIM, key->hint);
	cells_spot(r->cells, &(struct spot){ .row = r->row,
					     .column = begin,
					     .width = need,
					     .kind = SPOT_KEY,
					     .number = key->codes[0] });
	r->at += 2;
}

/* Leaving and help are there on the narrowest screen. */
static bool is_first(const struct key *key)
{
	return key->with.pane == &pane_help || key->with.effect == EFFECT_QUIT;
}

static void draw_hints(const struct ui_model *m, const struct ui *ui, struct room *r)
{
	const struct key *key, *end = ui->keys + ui->nkeys;

	for (key = ui->keys; key < end; key++) {
		if (is_first(key))
			draw_hint(ui, r, key);
	}
	for (key = ui->keys; key < end; key++) {
		if (*key->hint && !is_first(key) && key_applies(key, key_view_of(m)))
			draw_hint(ui, r, key);
	}
}

/* "▼ 12 more" at the right end of what is free: a click turns the page. */
static void draw_fold(struct room *r, const char *glyph, int lines, const char *word, int key)
{
	char text[48];
	int width;

	if (lines <= 0)
		return;
	snprintf(text, sizeof(text), "%s %d%s", glyph, lines, word);
	width = (int)text_width(text, strlen(text));
	if (r->end - r->at < width)
		return;
	r->end -= width;
	cells_print(r->cells, r->row, r->end, width, PAINT_LABEL, text);
	cells_spot(r->cells, &(struct spot){ .row = r->row,
					     .column = r->end,
					     .width = width,
					     .kind = SPOT_KEY,
					     .number = key });
	r->end--;
}

/* How many lines of the pane are not seen. */
static void draw_folds(const struct ui_model *m, const struct ui *ui, struct room *r)
{
	struct page p = layout_height(m, ui);
	bool ascii = r->cells->ascii;

	draw_fold(r, ascii ? "v" : "▼", p.lines - p.scroll - p.rows, " more", KEY_CODE_PAGE_DOWN);
	draw_fold(r, ascii ? "^" : "▲", p.lines > p.scroll ? p.scroll : 0, "", KEY_CODE_PAGE_UP);
}

/* What comes from the last time, until a key is pressed. */
static bool draw_kept(const struct ui *ui, struct room *r)
{
	cleanup(buf_release) struct buf kept = { 0 };

	if (ui->touched)
		return false;
	kept_text(ui, &kept);
	if (!kept.len)
		return false;
	put(r, PAINT_ASK, "kept from the last time: ");
	put(r, PAINT_ASK, kept.data);
	put(r, PAINT_ASK, "; R: as usual");
	return true;
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

void bottom_draw(const struct ui_model *m, const struct ui *ui, struct cells *c)
{
	struct room r = { .cells = c, .row = c->rows - 1, .end = c->columns };
	char text[128];

	if (ui->ask != ASK_NONE) {
		draw_ask(ui, c, r.row);
		return;
	}
	draw_narrowed(ui, &r);
	if (m->shown)
		draw_folds(m, ui, &r);
	if (*ui->message)
		put(&r, PAINT_ASK, ui->message);
	else if (*m->status)
		put(&r, PAINT_ASK, m->status);
	else if (m->shown && tagged_text(m, ui, text))
		put(&r, PAINT_TAGGED, text);
	else if (!draw_kept(ui, &r))
		draw_hints(m, ui, &r);
}
