#include "tui/pane.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/units.h"
#include "tui/format.h"
#include "tui/spark.h"
#include "tui/stack_list.h"
#include "tui/table.h"

#define LINE_FRAMES 32 /* frames shown in the line of a stack: more fit on no screen */
#define ROLE_WIDTH 13
#define ROLE_BAR 40
#define FRAME_INDENT 6
#define NARROW 60

enum stack_column { S_PAGES, S_SHARE, S_ROLE, S_STACK };

static const struct head heads[] = {
	[S_PAGES] = {"PAGES", 7, 0, 0, false},
	[S_SHARE] = {"%", 5, 1, 0, false},
	[S_ROLE] = {"ROLE", 12, 2, 0, true},
	[S_STACK] = {"STACK, INNERMOST FIRST", 22, 0, 1000, true},
};

static const char *role_words(enum stack_role role)
{
	return role == STACK_KERNEL ? "kernel write" : stack_role_name(role);
}

static figure share_of(const struct stack_tally *t, uint64_t pages)
{
	return t->copied > 0 ? (figure)pages / (figure)t->copied : UNKNOWN;
}

/* ---- heads */

/* "stacks of the pool: ~21.7k pages copied in 10s, 84.8 MiB" */
static void draw_title(const struct stacks *s, const struct stack_list *l, struct page *p)
{
	const char *of = p->columns < NARROW ? "" : "stacks of ";
	int row = page_head(p), at;
	char text[96], pages[16], size[16], span[16];

	if (l->process)
		snprintf(text, sizeof(text), "%s%s %d: ", of, l->process->master ? "master" : "worker",
			 l->process->pid);
	else
		snprintf(text, sizeof(text), "%s%s: ", of, *of ? "the pool" : "pool");
	at = cells_print(p->cells, row, p->left, p->columns, PAINT_LABEL, text);
	if (l->tally->copied == ABSENT)
		snprintf(text, sizeof(text), "what was copied is not known of every process");
	else
		snprintf(text, sizeof(text), "%s%s page%s copied in %s, %s",
			 l->tally->exact ? "" : "~",
			 units_format_count(pages, (figure)l->tally->copied),
			 l->tally->copied == 1 ? "" : "s",
			 units_format_age(span, (double)s->span_ns / 1e9),
			 units_format_size(size, (figure)l->tally->copied * (figure)s->page_size));
	cells_print(p->cells, row, p->left + at, p->columns - at, PAINT_PLAIN, text);
}

/* "tracepoints, one copy in 40: 1941 samples, 0 lost" */
static void draw_method(const struct stacks *s, const struct stack_tally *t, struct page *p)
{
	char text[160], samples[16], lost[16];

	snprintf(text, sizeof(text), "%s, one %s in %" PRIu32 ": %s samples, %s lost",
		 stack_method_name(s->method),
		 stack_method_sees(s->method, PAGE_EVENT_REUSED) ? "fault" : "copy", s->period,
		 units_format_count(samples, (figure)t->sum.samples),
		 units_format_count(lost, (figure)t->lost));
	cells_print(p->cells, page_head(p), p->left, p->columns,
		    t->lost ? PAINT_WARN : PAINT_DIM, text);
}

static void draw_gaps(const struct stacks *s, struct page *p)
{
	cleanup(buf_release) struct buf line = {0};

	if (!s->ngaps)
		return;
	buf_printf(&line, "missing %s", s->gaps[0].what);
	if (*s->gaps[0].needs)
		buf_printf(&line, ": needs %s", s->gaps[0].needs);
	if (s->ngaps > 1)
		buf_printf(&line, " +%zu more", s->ngaps - 1);
	cells_foreign(p->cells, page_head(p), p->left, p->columns, PAINT_WARN, line.data);
}

/* Which span it is, when that is not clear. */
static void draw_when(const struct ui_model *m, const struct ui *ui, const struct stacks *s,
		      struct page *p)
{
	char text[128], begin[32], end[32];

	format_clock(begin, s->time_ns - s->span_ns);
	format_clock(end, s->time_ns);
	if (m->playback)
		snprintf(text, sizeof(text), "as recorded from %s to %s", begin, end);
	else if (ui->at)
		snprintf(text, sizeof(text), "not of the past: from %s up to now, %s", begin, end);
	else
		return;
	cells_print(p->cells, page_head(p), p->left, p->columns,
		    m->playback ? PAINT_DIM : PAINT_WARN, text);
}

static void draw_role(const struct stack_tally *t, const char *name, uint64_t pages, struct page *p)
{
	int row = page_head(p), at = p->left + ROLE_WIDTH, width = p->columns - ROLE_WIDTH - 16;
	figure share = share_of(t, pages);
	char text[32];

	cells_print(p->cells, row, p->left, ROLE_WIDTH - 1, PAINT_PLAIN, name);
	format_percent(text, share);
	cells_print_right(p->cells, row, at, 5, PAINT_PLAIN, text);
	cells_print(p->cells, row, at + 5, 1, PAINT_DIM, "%");
	cells_print_right(p->cells, row, at + 7, 7, PAINT_DIM,
			  units_format_count(text, (figure)pages));
	width = width > ROLE_BAR ? ROLE_BAR : width;
	cells_fill(p->cells, row, at + 15, known(share) ? (int)lround(fmin(share, 1) * width) : 0,
		   PAINT_COW, split_glyph(p->cells, SPLIT_COW));
}

/* The largest first; the last line has all that are left, when that is more than one. */
static void draw_roles(const struct stack_tally *t, struct page *p)
{
	uint64_t pages[STACK_ROLES + 1], left = 0, whole;
	int lines = p->rows / 4, i, most, roles = 0;

	memcpy(pages, t->roles, sizeof(t->roles));
	pages[STACK_ROLES] = t->unattributed > 0 ? (uint64_t)t->unattributed : 0;
	for (i = 0; i <= STACK_ROLES; i++) {
		left += pages[i];
		roles += pages[i] > 0;
	}
	for (whole = left; roles && lines; lines--, roles--) {
		for (most = i = 0; i <= STACK_ROLES; i++)
			most = pages[i] > pages[most] ? i : most;
		if (lines == 1 && roles > 1 && left < whole) {
			draw_role(t, "all others", left, p);
			return;
		}
		draw_role(t, most == STACK_ROLES ? "unattributed" : role_words((enum stack_role)most),
			  pages[most], p);
		left -= pages[most];
		pages[most] = 0;
	}
}

/* ---- lines */

static void add_frames(const struct stacks *s, const struct stack_row *r, bool ascii,
		       struct buf *out)
{
	int n = stack_frames(s, r), i;

	for (i = 0; i < n && i < LINE_FRAMES; i++) {
		if (i)
			buf_adds(out, ascii ? " < " : " ← ");
		stack_frame(s, r, i, out);
	}
}

static void draw_stack(const struct ui *ui, const struct stacks *s, const struct stack_list *l,
		       const struct stack_item *item, const struct screen_table *t, struct page *p)
{
	cleanup(buf_release) struct buf line = {0};
	bool selected = item == &l->items[stack_list_selected(l, ui)];
	int row = page_line(p), n = stack_frames(s, item->row), i;
	char text[32];

	if (row >= 0) {
		snprintf(text, sizeof(text), "%" PRIu64, item->pages);
		table_put(t, S_PAGES, row, PAINT_PLAIN, text);
		table_put(t, S_SHARE, row, PAINT_PLAIN,
			  format_percent(text, share_of(l->tally, item->pages)));
		table_put(t, S_ROLE, row, PAINT_PLAIN, role_words(item->row->role));
		add_frames(s, item->row, p->cells->ascii, &line);
		table_put_foreign(t, S_STACK, row, PAINT_PLAIN, line.len ? line.data : "",
				  ui->aside);
		if (selected && !ui->stack_line)
			cells_attr(p->cells, row, 0, p->cells->columns, ATTR_REVERSE);
	}
	for (i = 0; selected && ui->unfolded && i < n; i++) {
		row = page_line(p);
		buf_reset(&line);
		stack_frame(s, item->row, i, &line);
		cells_foreign(p->cells, row, p->left + FRAME_INDENT, p->columns - FRAME_INDENT,
			      PAINT_DIM, line.len ? line.data : "");
		if (ui->stack_line == i + 1)
			cells_attr(p->cells, row, 0, p->cells->columns, ATTR_REVERSE);
	}
}

static void draw_list(const struct ui *ui, const struct stacks *s, const struct stack_list *l,
		      struct page *p)
{
	struct screen_table t;
	char text[64];
	size_t i;

	if (!l->n) {
		page_say(p, PAINT_DIM, l->tally->copied > 0 ? "no stack was sampled so far" :
							      "no page was copied so far");
		return;
	}
	table_fit(&t, heads, sizeof(heads) / sizeof(*heads), 0, p->cells, p->left, p->columns);
	table_heads(&t, page_head(p), S_PAGES);
	for (i = 0; i < l->n; i++)
		draw_stack(ui, s, l, &l->items[i], &t, p);
	snprintf(text, sizeof(text), "and %zu more stacks", l->more);
	if (l->more)
		page_say(p, PAINT_DIM, text);
}

/* ---- when there is nothing to show */

static void draw_nothing(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	if (m->stacks.problem)
		page_wrap(p, 0, PAINT_WARN, m->stacks.problem);
	else if (m->playback)
		page_wrap(p, 0, PAINT_DIM, "no call stacks are recorded here; "
			  "cowtop record --stacks records them");
	else if (!ui->stacks)
		page_say(p, PAINT_DIM, "call stacks are off; s takes them");
	else
		page_say(p, PAINT_DIM, "beginning to watch the page faults of the pool");
}

void pane_stacks(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	cleanup(stack_list_release) struct stack_list l = {0};
	const struct stacks *s;
	char text[64];

	if (!m->stacks.report) {
		draw_nothing(m, ui, p);
		return;
	}
	s = m->stacks.report->facts;
	stack_list_make(m, ui, &l);
	if (!l.tally) {
		snprintf(text, sizeof(text), "nothing is known of process %d; o shows the pool",
			 ui->selected.pid);
		page_say(p, PAINT_GONE, text);
		return;
	}
	draw_title(s, &l, p);
	draw_when(m, ui, s, p);
	if (p->rows >= 8)
		draw_method(s, l.tally, p);
	if (p->rows >= 4)
		draw_gaps(s, p);
	draw_roles(l.tally, p);
	draw_list(ui, s, &l, p);
}
