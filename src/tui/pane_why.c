#include "tui/pane.h"

#include <stdio.h>
#include "base/cleanup.h"
#include "base/units.h"
#include "model/why_advice.h"
#include "model/why_shown.h"
#include "tui/sheet.h"
#include "tui/table.h"

#define NAMES 13 /* columns up to a text */
#define ADVICE 2
#define BESIDE 4 /* rows of the screen that are no part of the pane, or its title */

enum cause_column { C_CAUSE, C_EACH, C_PART, C_BETWEEN, C_WORKER, C_ITS_BETWEEN, C_SAYS };

static const struct head cause_heads[] = {
	[C_CAUSE] = { "CAUSE", 33, 0, 0, true },   [C_EACH] = { "EACH", 7, 0, 0, false },
	[C_PART] = { "%", 3, 3, 0, false },        [C_BETWEEN] = { "BETWEEN", 12, 2, 0, true },
	[C_WORKER] = { "WORKER", 7, 1, 0, false }, [C_ITS_BETWEEN] = { "BETWEEN", 12, 3, 0, true },
	[C_SAYS] = { "MEANS", 43, 4, 60, true },
};

enum worker_column { W_PID, W_COPIED, W_ALONE, W_BETWEEN, W_KNOWN };

static const struct head worker_heads[] = {
	[W_PID] = { "PID", 8, 0, 0, false },          [W_COPIED] = { "COPIED", 7, 1, 0, false },
	[W_ALONE] = { "ALONE", 7, 0, 0, false },      [W_BETWEEN] = { "BETWEEN", 12, 2, 0, true },
	[W_KNOWN] = { "WATCHED", 24, 1, 1000, true },
};

/* What the pane shows. */
struct why_page {
	const struct why *w;        /* NULL: nothing is known, `top` says why */
	const struct why_worker *k; /* the selected one; NULL: it is none of them */
	const struct snapshot *s;
	struct proc_key selected;
	struct screen_table causes, workers;
	struct sheet split; /* stays in sight, if there is room for it */
	struct sheet top;   /* what stands above the workers */
	struct sheet end;   /* and below them */
};

static void why_page_release(struct why_page *y)
{
	sheet_release(&y->split);
	sheet_release(&y->top);
	sheet_release(&y->end);
}

static struct proc_key key_of(const struct why_worker *k)
{
	return (struct proc_key){ k->pid, k->start_ticks };
}

/* The place of a process among those that were watched, or -1. */
static int find_worker(const struct why *w, struct proc_key key)
{
	for (size_t i = 0; i < w->n; i++) {
		if (proc_key_same(key_of(&w->workers[i]), key))
			return (int)i;
	}
	return -1;
}

/* What there is to show: of the past it is not kept. */
static const struct why *why_of(const struct ui_model *m, const struct ui *ui)
{
	return ui->at || !m->shown ? NULL : m->shown->why;
}

/* ---- the causes */

/* "14.2..18.4"; "" where it is known exactly. */
static char *bounds_text(char out[static 40], struct measure m)
{
	char low[16], high[16];

	*out = '\0';
	if (m.low < m.high)
		snprintf(out, 40, "%s..%s", units_format_mib(low, m.low), units_format_mib(high, m.high));
	return out;
}

static void put_amount(const struct screen_table *t, int row, int at, int between, enum paint paint,
		       struct measure m)
{
	char text[40];

	table_put(t, at, row, known(m.value) ? paint : PAINT_DIM, measure_mib(text, m));
	table_put(t, between, row, PAINT_DIM, bounds_text(text, m));
}

static enum paint paint_of(enum why_cause cause)
{
	return cause == WHY_COLLECTOR_ONLY ? PAINT_GOOD : PAINT_PLAIN;
}

static void draw_cause(struct page *p, int row, const void *of, int i)
{
	const struct why_page *y = of;
	const struct screen_table *t = &y->causes;
	struct measure each = why_bytes(y->w, &y->w->causes[i]);
	char text[16] = "";

	if (row < 0)
		return;
	table_put(t, C_CAUSE, row, paint_of((enum why_cause)i), why_words[i].name);
	put_amount(t, row, C_EACH, C_BETWEEN, paint_of((enum why_cause)i), each);
	if (each.label != LABEL_UPPER_BOUND && known(each.value) && y->w->copied > 0)
		snprintf(text, sizeof(text), "%.0f", 100 * y->w->causes[i].pages / y->w->copied);
	table_put(t, C_PART, row, PAINT_PLAIN, text);
	if (y->k)
		put_amount(t, row, C_WORKER, C_ITS_BETWEEN, PAINT_PLAIN, why_bytes(y->w, &y->k->causes[i]));
	table_put(t, C_SAYS, row, PAINT_DIM, why_words[i].says);
}

/* What the first full collection takes at most, where there was none. */
static void draw_risk(struct page *p, int row, const void *of, int i)
{
	const struct why_page *y = of;
	struct why_amount each = { NAN, 0, y->w->at_risk }, one = { NAN, 0, y->k ? y->k->at_risk : NAN };

	if (row < 0)
		return;
	table_put(&y->causes, C_CAUSE, row, PAINT_WARN, "at risk of the first collection");
	put_amount(&y->causes, row, C_EACH, C_BETWEEN, PAINT_WARN, why_bytes(y->w, &each));
	put_amount(&y->causes, row, C_WORKER, C_ITS_BETWEEN, PAINT_PLAIN, why_bytes(y->w, &one));
	table_put(&y->causes, C_SAYS, row, PAINT_DIM,
		  "not copied so far: gc.freeze() before the fork keeps it");
}

static void draw_cause_heads(struct page *p, int row, const void *of, int i)
{
	if (row >= 0)
		table_heads(of, row, -1);
}

static void add_causes(struct why_page *y)
{
	const struct why *w = y->w;

	sheet_add(&y->split, draw_cause_heads, &y->causes, 0);
	for (int i = 0; i < WHY_CAUSES; i++) {
		if (why_has_row(w, (enum why_cause)i))
			sheet_add(&y->split, draw_cause, y, i);
	}
	if (w->basis == WHY_RISK && known(w->at_risk) && !w->off)
		sheet_add(&y->split, draw_risk, y, 0);
}

static void add_words(struct why_page *y, const struct ui_model *m)
{
	const struct why *w = y->w;
	struct why_progress n = why_progress(w);
	char text[64];

	snprintf(text, sizeof(text), "%zu had a full collection, %zu did not yet", n.collected, n.waiting);
	if (n.collected + n.waiting)
		sheet_entry(&y->top, NAMES, PAINT_DIM,
			    m->playback ? "watched:" : "watching:", n.waiting ? PAINT_WARN : PAINT_PLAIN,
			    text);
	sheet_entry(&y->top, NAMES, PAINT_DIM, "rests on:", PAINT_PLAIN, w->reason);
}

/* What helps, each with the line to write, or what does not. */
static void add_advice(struct why_page *y, bool helps)
{
	const struct why *w = y->w;
	bool any = false;

	for (size_t i = 0; i < w->nadvice; i++) {
		if (w->advice[i].helps != helps)
			continue;
		if (!any) {
			sheet_blank(&y->end);
			sheet_say(&y->end, PAINT_LABEL, helps ? "What helps" : "What does not");
		}
		any = true;
		sheet_wrap(&y->end, ADVICE, PAINT_PLAIN, w->advice[i].text);
		if (helps && w->advice[i].how)
			sheet_wrap(&y->end, ADVICE + 2, PAINT_GOOD, w->advice[i].how);
	}
}

/* ---- the workers */

static bool is_there(const struct snapshot *s, const struct why_worker *k)
{
	for (size_t i = 0; i < s->nprocs; i++) {
		if (s->procs[i].facts->pid == k->pid && s->procs[i].facts->start_ticks == k->start_ticks)
			return true;
	}
	return false;
}

static void draw_worker(const struct why_page *y, const struct why_worker *k, int row)
{
	const struct screen_table *t = &y->workers;
	struct why_amount copied = { k->copied, k->copied, k->copied };
	enum paint paint = is_there(y->s, k) ? PAINT_PLAIN : PAINT_GONE;
	char text[400];

	snprintf(text, sizeof(text), "%d", (int)k->pid);
	table_put(t, W_PID, row, paint, text);
	table_put(t, W_COPIED, row, paint, measure_mib(text, why_bytes(y->w, &copied)));
	put_amount(t, row, W_ALONE, W_BETWEEN, paint, why_bytes(y->w, &k->causes[WHY_COLLECTOR_ONLY]));
	snprintf(text, sizeof(text), "%s%s%s", why_watched_words(k), k->reason ? ": " : "", k->reason ?: "");
	table_put(t, W_KNOWN, row, paint, text);
	cells_spot(t->cells, &(struct spot){ .row = row,
					     .width = t->cells->columns,
					     .kind = SPOT_ROW,
					     .number = k->pid,
					     .start = k->start_ticks });
	if (proc_key_same(key_of(k), y->selected))
		cells_attr(t->cells, row, 0, t->cells->columns, ATTR_REVERSE);
}

/* ---- the pane */

/* Why there is nothing to show. */
static const char *nothing(const struct ui_model *m, const struct ui *ui)
{
	if (m->playback)
		return "This was recorded without --why: cowtop record --why keeps what is needed to say why pages "
		       "were copied.";
	if (ui->at)
		return "Why pages were copied is not kept of the past; Z goes back to now.";
	return "The workers are watched from now on, as this pane was opened: of the master's memory what its "
	       "collector tracks is read, once, of the workers' nothing but what any sample reads. Until now nothing "
	       "was. The longer it goes on behind a worker's first full collection, the better.";
}

static void lay_out(const struct ui_model *m, const struct ui *ui, const struct page *p, struct why_page *y)
{
	const struct why *w = why_of(m, ui);
	int at = w ? find_worker(w, ui->selected) : -1;

	*y = (struct why_page){ .w = w, .s = m->shown, .selected = ui->selected };
	if (!w) {
		sheet_wrap(&y->top, 0, PAINT_DIM, nothing(m, ui));
		return;
	}
	y->k = at >= 0 ? &w->workers[at] : NULL;
	table_fit(&y->causes, cause_heads, sizeof(cause_heads) / sizeof(*cause_heads),
		  y->k ? 0 : 1 << C_WORKER | 1 << C_ITS_BETWEEN, p->cells, p->left, p->columns);
	table_fit(&y->workers, worker_heads, sizeof(worker_heads) / sizeof(*worker_heads), 0, p->cells,
		  p->left, p->columns);
	if (w->basis != WHY_NONE)
		add_causes(y);
	add_words(y, m);
	add_advice(y, true);
	add_advice(y, false);
}

static void draw_title(const struct why_page *y, struct page *p)
{
	char text[160], copied[16], inherited[16], same[16];
	const struct why *w = y->w;
	double mib = w->page_size;
	int row = page_head(p), at;

	at = cells_print(p->cells, row, p->left, p->columns, PAINT_LABEL, "why: ");
	snprintf(text, sizeof(text), "%zu worker%s, each has copied %s of %s MiB, %s as the master's page",
		 w->nworkers, w->nworkers == 1 ? "" : "s", units_format_mib(copied, w->copied * mib),
		 units_format_mib(inherited, w->inherited * mib), units_format_mib(same, w->identical * mib));
	if (!why_is_split(w))
		snprintf(text, sizeof(text), "nothing can be said");
	else if (!known(w->identical))
		snprintf(text, sizeof(text), "%zu worker%s, each has copied %s of %s MiB inherited",
			 w->nworkers, w->nworkers == 1 ? "" : "s", copied, inherited);
	cells_print(p->cells, row, p->left + at, p->columns - at, PAINT_PLAIN, text);
}

/* The split: heads that stay, where the screen has as many rows for the rest; else lines like the others. Takes them off
 * the page, or counts them; `drawn`: draws them as well. */
static void place_split(const struct why_page *y, const struct ui *ui, struct page *p, bool drawn)
{
	int lines = sheet_lines(&y->split, p);
	struct page heads = *p;

	if (2 * lines + BESIDE > ui->rows) {
		if (drawn)
			sheet_draw(&y->split, p);
		else
			p->lines += lines;
		return;
	}
	heads.rows = lines < p->rows ? lines : p->rows;
	heads.scroll = heads.lines = 0;
	if (drawn)
		sheet_draw(&y->split, &heads);
	p->top += heads.rows;
	p->rows -= heads.rows;
}

/* Lines of the workers, with their head. */
static int worker_lines(const struct why_page *y)
{
	return y->w && y->w->n ? 1 + (int)y->w->n : 0;
}

static void height(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	cleanup(why_page_release) struct why_page y;

	lay_out(m, ui, p, &y);
	if (y.w)
		page_head(p);
	place_split(&y, ui, p, false);
	p->lines += sheet_lines(&y.top, p) + worker_lines(&y) + sheet_lines(&y.end, p);
}

static void draw_workers(const struct why_page *y, struct page *p)
{
	int row;

	if (!worker_lines(y))
		return;
	row = page_line(p);
	if (row >= 0)
		table_heads(&y->workers, row, -1);
	for (size_t i = 0; i < y->w->n; i++) {
		row = page_line(p);
		if (row >= 0)
			draw_worker(y, &y->w->workers[i], row);
	}
}

static void draw(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	cleanup(why_page_release) struct why_page y;

	lay_out(m, ui, p, &y);
	if (y.w)
		draw_title(&y, p);
	place_split(&y, ui, p, true);
	sheet_draw(&y.top, p);
	draw_workers(&y, p);
	sheet_draw(&y.end, p);
}

/* From one worker to the next. */
static void move(struct ui *ui, const struct ui_model *m, int by)
{
	const struct why *w = why_of(m, ui);
	int at;

	if (!w || !w->n)
		return;
	at = find_worker(w, ui->selected);
	at = at < 0 ? 0 : at + by;
	at = at < 0 ? 0 : at >= (int)w->n ? (int)w->n - 1 : at;
	ui->reveal = !proc_key_same(ui->selected, key_of(&w->workers[at]));
	ui->selected = key_of(&w->workers[at]);
}

/* The selected worker, and as much of the split above it as there is room for. */
static bool sight(const struct ui_model *m, const struct ui *ui, struct sight *ret)
{
	cleanup(why_page_release) struct why_page y = { 0 };
	struct page p = { .columns = ui->columns };
	const struct why *w = why_of(m, ui);
	int at = w ? find_worker(w, ui->selected) : -1;

	if (at < 0 || !ui->reveal)
		return false;
	lay_out(m, ui, &p, &y);
	place_split(&y, ui, &p, false);
	ret->at = ret->last = p.lines + sheet_lines(&y.top, &p) + 1 + at;
	ret->first = 0;
	return true;
}

const struct pane pane_why = {
	.name = "why",
	.share = 85,
	.of_process = true,
	.scrolls = true,
	.height = height,
	.draw = draw,
	.move = move,
	.sight = sight,
};
