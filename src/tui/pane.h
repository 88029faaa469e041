#ifndef COWTOP_TUI_PANE_H
#define COWTOP_TUI_PANE_H

/*
 * The panes, each a function that prints all its lines into a page. To add one: a row in view.c, a
 * member in enum pane, an action and a key.
 */
#include "tui/page.h"
#include "tui/rows.h"

typedef void pane_fn(const struct ui_model *m, const struct ui *ui, struct page *p);

pane_fn pane_workers, pane_groups, pane_regions, pane_map, pane_faults, pane_events, pane_help,
	pane_details, pane_stacks;

/* The head of a pane about the selected process; NULL, with a line why, when it is not there. */
const struct proc_snapshot *pane_subject(const struct ui_model *m, const struct ui *ui,
					 struct page *p, const char *what);
/* Its address space; NULL, with a line why. */
const struct address_space *pane_space(const struct ui_model *m, const struct ui *ui,
				       struct page *p);

/* The top block: at most `rows` lines from `row` on; those of least importance are left out.
 * Returns how many there are. */
int header_lines(const struct ui_model *m, const struct ui *ui, int rows);
void header_draw(const struct ui_model *m, const struct ui *ui, struct cells *c, int row, int rows);

#endif
