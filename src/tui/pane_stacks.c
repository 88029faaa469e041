#include "tui/pane.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/units.h"
#include "tui/format.h"
#include "tui/sheet.h"
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
	[S_PAGES] = { "PAGES", 7, 0, 0, false },
	[S_SHARE] = { "%", 5, 1, 0, false },
	[S_ROLE] = { "ROLE", 12, 2, 0, true },
	[S_STACK] = { "STACK, INNERMOST FIRST", 22, 0, 1000, true },
};

static const char *role_words(enum stack_role role)
{
	return role == STACK_KERNEL ? "kernel write" : stack_role_name(role);
}

static figure share_of(const struct stack_tally *t, uint64_t pages)
{
	return t->copied > 0 ? (figure)pages / (figure)t->copied : UNKNOWN;
}

struct role_line {
	const char *name;
	uint64_t pages;
	int row;
};

/* What the pane shows, and the rows of its heads: -1 of one that is not there. */
struct stacks_page {
	const struct stacks *s;
	struct stack_list l;
	struct sheet said; /* instead of all, when there is nothing to show, or instead of the list */
	int title, when, method, gaps, table;
	struct role_line roles[STACK_ROLES + 1];
	int nroles;
};

static void stacks_page_release(struct stacks_page *sp)
{
	stack_list_release(&sp->l);
	sheet_release(&sp->said);
}

/* The roles with most pages, most first, on so many lines; the last one has all that are left when these
 * are more than one. Returns how many lines there are. */
static int list_roles(const struct stack_tally *t, int lines, struct role_line ret[static STACK_ROLES + 1])
{
	uint64_t pages[STACK_ROLES + 1], left = 0;
	int i, most, roles = 0, n = 0;

	memcpy(pages, t->roles, sizeof(t->roles));
	pages[STACK_ROLES] = t->unattributed > 0 ? (uint64_t)t->unattributed : 0;
	for (i = 0; i <= STACK_ROLES; i++) {
		left += pages[i];
		roles += pages[i] > 0;
	}
	for (; n < roles && n < lines; n++) {
		for (most = i = 0; i <= STACK_ROLES; i++)
			most = pages[i] > pages[most] ? i : most;
		ret[n].name = most == STACK_ROLES ? "unattributed" : role_words((enum stack_role)most);
		ret[n].pages = pages[most];
		if (n && n == lines - 1 && roles > lines)
			ret[n] = (struct role_line){ "all others", left, 0 };
		left -= pages[most];
		pages[most] = 0;
	}
	return n;
}

/* Why there is no report on stacks. */
static void say_nothing(const struct ui_model *m, const struct ui *ui, struct sheet *s)
{
	if (m->stacks.problem)
		sheet_wrap(s, 0, PAINT_WARN, m->stacks.problem);
	else if (m->playback)
		sheet_wrap(s, 0, PAINT_DIM,
			   "no call stacks are recorded here; "
			   "cowtop record --stacks records them");
	else if (!ui->stacks)
		sheet_say(s, PAINT_DIM, "call stacks are off; s takes them");
	else
		sheet_say(s, PAINT_DIM, "beginning to watch the page faults of the pool");
}

/* The heads that there is room for. */
static void lay_heads(const struct ui_model *m, const struct ui *ui, struct page *p, struct stacks_page *sp)
{
	int i;

	sp->title = page_head(p);
	sp->when = m->playback || ui->at ? page_head(p) : -1;
	sp->method = p->rows >= 8 ? page_head(p) : -1;
	sp->gaps = p->rows >= 4 && sp->s->ngaps ? page_head(p) : -1;
	sp->nroles = list_roles(sp->l.tally, p->rows / 4, sp->roles);
	for (i = 0; i < sp->nroles; i++)
		sp->roles[i].row = page_head(p);
	sp->table = sp->l.n ? page_head(p) : -1;
}

/* What there is to show; its heads are taken off the page. */
static void lay_out(const struct ui_model *m, const struct ui *ui, struct page *p, struct stacks_page *sp)
{
	char text[64];

	*sp = (struct stacks_page){ 0 };
	if (!m->stacks.report) {
		say_nothing(m, ui, &sp->said);
		return;
	}
	sp->s = m->stacks.report->facts;
	stack_list_make(m, ui, &sp->l);
	if (!sp->l.tally) {
		snprintf(text, sizeof(text), "nothing is known of process %d; o shows the pool",
			 ui->selected.pid);
		sheet_say(&sp->said, PAINT_GONE, text);
		return;
	}
	lay_heads(m, ui, p, sp);
	if (!sp->l.n)
		sheet_say(&sp->said, PAINT_DIM,
			  sp->l.tally->copied > 0 ? "no stack was sampled so far" :
						    "no page was copied so far");
	snprintf(text, sizeof(text), "and %zu more stacks", sp->l.more);
	if (sp->l.more)
		sheet_say(&sp->said, PAINT_DIM, text);
}

/* ---- heads */

/* "stacks of the pool: ~21.7k pages copied in 10s, 84.8 MiB" */
static void draw_title(const struct stacks_page *sp, struct page *p)
{
	const char *of = p->columns < NARROW ? "" : "stacks of ";
	const struct stack_tally *tally = sp->l.tally;
	const struct stack_process *process = sp->l.process;
	char text[96], pages[16], size[16], span[16];
	int at;

	if (process)
		snprintf(text, sizeof(text), "%s%s %d: ", of, process->master ? "master" : "worker",
			 process->pid);
	else
		snprintf(text, sizeof(text), "%s%s: ", of, *of ? "the pool" : "pool");
	at = cells_print(p->cells, sp->title, p->left, p->columns, PAINT_LABEL, text);
	if (tally->copied == ABSENT)
		snprintf(text, sizeof(text), "what was copied is not known of every process");
	else
		snprintf(text, sizeof(text), "%s%s page%s copied in %s, %s", tally->exact ? "" : "~",
			 units_format_count(pages, (figure)tally->copied), tally->copied == 1 ? "" : "s",
			 units_format_age(span, (double)sp->s->span_ns / SECOND),
			 units_format_size(size, (figure)tally->copied * (figure)sp->s->page_size));
	cells_print(p->cells, sp->title, p->left + at, p->columns - at, PAINT_PLAIN, text);
}

/* The span of the stacks, where it is not that of the instant shown: in a replay, and when the past is
 * looked at. */
static void draw_when(const struct ui_model *m, const struct zone *zone, const struct stacks_page *sp,
		      struct page *p)
{
	char text[128], begin[ZONE_TEXT], end[ZONE_TEXT];

	zone_clock(begin, zone, sp->s->time_ns - sp->s->span_ns);
	zone_clock(end, zone, sp->s->time_ns);
	if (m->playback)
		snprintf(text, sizeof(text), "as recorded from %s to %s", begin, end);
	else
		snprintf(text, sizeof(text), "not of the past: from %s up to now, %s", begin, end);
	cells_print(p->cells, sp->when, p->left, p->columns, m->playback ? PAINT_DIM : PAINT_WARN, text);
}

/* "tracepoints, one copy in 40: 1941 samples, 0 lost" */
static void draw_method(const struct stacks_page *sp, struct page *p)
{
	const struct stack_tally *t = sp->l.tally;
	const struct stacks *s = sp->s;
	char text[160], samples[16], lost[16];

	snprintf(text, sizeof(text), "%s, one %s in %" PRIu32 ": %s samples, %s lost",
		 stack_method_name(s->method),
		 stack_method_sees(s->method, PAGE_EVENT_REUSED) ? "fault" : "copy", s->period,
		 units_format_count(samples, (figure)t->sum.samples),
		 units_format_count(lost, (figure)t->lost));
	cells_print(p->cells, sp->method, p->left, p->columns, t->lost ? PAINT_WARN : PAINT_DIM, text);
}

static void draw_gaps(const struct stacks_page *sp, struct page *p)
{
	cleanup(buf_release) struct buf line = { 0 };
	const struct gap *gaps = sp->s->gaps;

	buf_printf(&line, "missing %s", gaps[0].what);
	if (*gaps[0].needs)
		buf_printf(&line, ": needs %s", gaps[0].needs);
	if (sp->s->ngaps > 1)
		buf_printf(&line, " +%zu more", sp->s->ngaps - 1);
	cells_foreign(p->cells, sp->gaps, p->left, p->columns, PAINT_WARN, line.data);
}

static void draw_role(const struct stack_tally *t, const struct role_line *role, struct page *p)
{
	int at = p->left + ROLE_WIDTH, width = p->columns - ROLE_WIDTH - 16;
	figure share = share_of(t, role->pages);
	char text[32];

	cells_print(p->cells, role->row, p->left, ROLE_WIDTH - 1, PAINT_PLAIN, role->name);
	format_percent(text, share);
	cells_print_right(p->cells, role->row, at, 5, PAINT_PLAIN, text);
	cells_print(p->cells, role->row, at + 5, 1, PAINT_DIM, "%");
	cells_print_right(p->cells, role->row, at + 7, 7, PAINT_DIM,
			  units_format_count(text, (figure)role->pages));
	width = width > ROLE_BAR ? ROLE_BAR : width;
	cells_fill(p->cells, role->row, at + 15, known(share) ? (int)lround(fmin(share, 1) * width) : 0,
		   PAINT_COW, split_glyph(p->cells, SPLIT_COW));
}

static void draw_heads(const struct ui_model *m, const struct ui *ui, const struct stacks_page *sp,
		       struct page *p)
{
	int i;

	draw_title(sp, p);
	if (sp->when >= 0)
		draw_when(m, ui->zone, sp, p);
	if (sp->method >= 0)
		draw_method(sp, p);
	if (sp->gaps >= 0)
		draw_gaps(sp, p);
	for (i = 0; i < sp->nroles; i++)
		draw_role(sp->l.tally, &sp->roles[i], p);
}

/* ---- lines */

static void add_frames(const struct stacks *s, const struct stack_row *r, bool ascii, struct buf *out)
{
	int n = stack_frames(s, r), i;

	for (i = 0; i < n && i < LINE_FRAMES; i++) {
		if (i)
			buf_adds(out, ascii ? " < " : " ← ");
		stack_frame(s, r, i, out);
	}
}

static void draw_stack(const struct ui *ui, const struct stacks_page *sp, const struct stack_item *item,
		       const struct screen_table *t, int row)
{
	cleanup(buf_release) struct buf line = { 0 };
	char text[32];

	if (row < 0)
		return;
	snprintf(text, sizeof(text), "%" PRIu64, item->pages);
	table_put(t, S_PAGES, row, PAINT_PLAIN, text);
	table_put(t, S_SHARE, row, PAINT_PLAIN, format_percent(text, share_of(sp->l.tally, item->pages)));
	table_put(t, S_ROLE, row, PAINT_PLAIN, role_words(item->row->role));
	add_frames(sp->s, item->row, t->cells->ascii, &line);
	table_put_foreign(t, S_STACK, row, PAINT_PLAIN, line.len ? line.data : "", ui->aside);
}

/* The frames of the selected stack, one a line. */
static void draw_frames(const struct ui *ui, const struct stacks_page *sp, const struct stack_item *item,
			struct page *p)
{
	cleanup(buf_release) struct buf line = { 0 };
	int n = stack_frames(sp->s, item->row), i, row;

	for (i = 0; i < n; i++) {
		row = page_line(p);
		buf_reset(&line);
		stack_frame(sp->s, item->row, i, &line);
		cells_foreign(p->cells, row, p->left + FRAME_INDENT, p->columns - FRAME_INDENT, PAINT_DIM,
			      line.len ? line.data : "");
		if (ui->stack_line == i + 1)
			cells_attr(p->cells, row, 0, p->cells->columns, ATTR_REVERSE);
	}
}

static void draw_list(const struct ui *ui, const struct stacks_page *sp, struct page *p)
{
	size_t selected = stack_list_selected(&sp->l, ui), i;
	struct screen_table t;
	int row;

	table_fit(&t, heads, sizeof(heads) / sizeof(*heads), 0, p->cells, p->left, p->columns);
	table_heads(&t, sp->table, S_PAGES);
	for (i = 0; i < sp->l.n; i++) {
		row = page_line(p);
		draw_stack(ui, sp, &sp->l.items[i], &t, row);
		if (i == selected && !ui->stack_line)
			cells_attr(p->cells, row, 0, p->cells->columns, ATTR_REVERSE);
		if (i == selected && ui->unfolded)
			draw_frames(ui, sp, &sp->l.items[i], p);
	}
}

/* ---- the pane */

static void height(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	cleanup(stacks_page_release) struct stacks_page sp;

	lay_out(m, ui, p, &sp);
	p->lines += (int)sp.l.n + sheet_lines(&sp.said, p);
	if (sp.l.n && ui->unfolded)
		p->lines += stack_frames(sp.s, sp.l.items[stack_list_selected(&sp.l, ui)].row);
}

static void draw(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	cleanup(stacks_page_release) struct stacks_page sp;

	lay_out(m, ui, p, &sp);
	if (sp.l.tally)
		draw_heads(m, ui, &sp, p);
	if (sp.l.n)
		draw_list(ui, &sp, p);
	sheet_draw(&sp.said, p);
}

/* The selected line of the selected stack, and of that stack as many lines as there is room for. */
static bool sight(const struct ui_model *m, const struct ui *ui, struct sight *ret)
{
	stack_list_lines(m, ui, &ret->first, &ret->last);
	ret->at = ret->first + ui->stack_line;
	return ui->reveal || ui->stack;
}

const struct pane pane_stacks = {
	.name = "stacks",
	.share = 75,
	.of_process = true,
	.height = height,
	.draw = draw,
	.move = stack_list_move,
	.enter = stack_list_fold,
	.settle = stack_list_settle,
	.sight = sight,
};
