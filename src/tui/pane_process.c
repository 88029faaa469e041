#include "tui/pane_process.h"

#include <stdio.h>
#include <string.h>
#include "model/title.h"
#include "tui/format.h"
#include "tui/pane.h"
#include "tui/rows.h"

static void say_why(struct pane_process *s, enum paint paint, bool wrapped, const char *text)
{
	snprintf(s->why, sizeof(s->why), "%s", text);
	s->paint = paint;
	s->wrapped = wrapped;
}

static void find_process(const struct ui_model *m, const struct ui *ui, struct pane_process *s)
{
	char text[64];

	s->proc = rows_selected(m, ui);
	if (s->proc)
		return;
	snprintf(text, sizeof(text), "process %d is gone", ui->selected.pid);
	say_why(s, PAINT_GONE, false, ui->selected.pid ? text : "no process is selected");
}

/* A recording has one now and then. */
static void find_space(const struct ui_model *m, const struct ui *ui, struct pane_process *s)
{
	const struct address_space *a = m->space;
	char clock[ZONE_TEXT];

	if (ui->at)
		say_why(s, PAINT_DIM, true, "The address space of the past is not kept; Z goes back to now.");
	else if (a && a->pid == ui->selected.pid && a->start_ticks == ui->selected.start_ticks)
		s->space = a;
	else if (*m->space_problem)
		say_why(s, PAINT_WARN, true, m->space_problem);
	else
		say_why(s, PAINT_DIM, false, "reading the address space");
	if (s->space && a->time_ns && a->time_ns != m->shown->facts->time_ns)
		snprintf(s->age, sizeof(s->age), "as it was recorded at %s",
			 zone_clock(clock, ui->zone, a->time_ns));
}

struct pane_process pane_process_find(const struct ui_model *m, const struct ui *ui)
{
	struct pane_process s = { 0 };

	find_process(m, ui, &s);
	if (s.proc && ui->pane->wants_space)
		find_space(m, ui, &s);
	return s;
}

bool pane_process_height(const struct pane_process *s, struct page *p)
{
	if (s->proc)
		page_head(p);
	if (*s->age)
		page_head(p);
	if (*s->why)
		p->lines += s->wrapped ? page_wrap_lines(p, 0, s->why) : 1;
	return !*s->why;
}

/* "regions of worker 101: gunicorn: worker [shop]" */
static void draw_head(const struct proc_snapshot *proc, struct page *p, const char *what)
{
	int row = page_head(p), at;
	char text[64];

	snprintf(text, sizeof(text), "%s of %s %d: ", what, role_name(proc->role), proc->facts->pid);
	at = cells_print(p->cells, row, p->left, p->columns, PAINT_LABEL, text);
	cells_foreign(p->cells, row, p->left + at, p->columns - at, PAINT_PLAIN, title_whole(proc->facts));
}

bool pane_process_draw(const struct pane_process *s, struct page *p, const char *what)
{
	if (s->proc)
		draw_head(s->proc, p, what);
	if (*s->age)
		cells_print(p->cells, page_head(p), p->left, p->columns, PAINT_DIM, s->age);
	if (*s->why && s->wrapped)
		page_wrap(p, 0, s->paint, s->why);
	else if (*s->why)
		page_say(p, s->paint, s->why);
	return !*s->why;
}
