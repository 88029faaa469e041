#include "tui/pane.h"

#include <stdio.h>
#include "tui/format.h"

/* "regions of worker 101: gunicorn: worker [shop]" */
static void draw_head(const struct proc_snapshot *proc, struct page *p, const char *what)
{
	int row = page_head(p), at;
	char text[64];

	snprintf(text, sizeof(text), "%s of %s %d: ", what, role_name(proc->role),
		 proc->facts->pid);
	at = cells_print(p->cells, row, p->left, p->columns, PAINT_LABEL, text);
	cells_foreign(p->cells, row, p->left + at, p->columns - at, PAINT_PLAIN,
		      rows_command(proc));
}

const struct proc_snapshot *pane_subject(const struct ui_model *m, const struct ui *ui,
					 struct page *p, const char *what)
{
	const struct proc_snapshot *proc = rows_selected(m, ui);
	char text[64];

	if (proc) {
		draw_head(proc, p, what);
		return proc;
	}
	if (ui->selected.pid)
		snprintf(text, sizeof(text), "process %d is gone", ui->selected.pid);
	else
		snprintf(text, sizeof(text), "no process is selected");
	page_say(p, PAINT_GONE, text);
	return NULL;
}

/* A recording has one now and then. */
static void draw_age(const struct ui_model *m, const struct address_space *a, struct page *p)
{
	char text[64], clock[32];

	if (!a->time_ns || a->time_ns == m->shown->facts->time_ns)
		return;
	snprintf(text, sizeof(text), "as it was recorded at %s", format_clock(clock, a->time_ns));
	cells_print(p->cells, page_head(p), p->left, p->columns, PAINT_DIM, text);
}

const struct address_space *pane_space(const struct ui_model *m, const struct ui *ui,
				       struct page *p)
{
	const struct address_space *a = m->space;

	if (!ui->at && a && a->pid == ui->selected.pid &&
	    a->start_ticks == ui->selected.start_ticks) {
		draw_age(m, a, p);
		return a;
	}
	if (ui->at)
		page_wrap(p, 0, PAINT_DIM,
			  "The address space of the past is not kept; Z goes back to now.");
	else if (*m->space_problem)
		page_wrap(p, 0, PAINT_WARN, m->space_problem);
	else
		page_say(p, PAINT_DIM, "reading the address space");
	return NULL;
}
