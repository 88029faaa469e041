#ifndef COWTOP_TUI_PANE_PROCESS_H
#define COWTOP_TUI_PANE_PROCESS_H

/*
 * What the panes about the selected process have in common: a head that names it, and a line that says why
 * when there is nothing to show.
 *
 *	struct pane_process s = pane_process_find(m, ui);
 *
 *	if (pane_process_height(&s, p))	... the rest of the height
 *	if (pane_process_draw(&s, p, "regions"))	... the rest of the pane
 */
#include "tui/page.h"
#include "tui/ui.h"

struct pane_process {
	const struct proc_snapshot *proc;  /* NULL: gone, or none is selected */
	const struct address_space *space; /* NULL: not there, or not wanted by the pane */
	char age[64];     /* when that was recorded, if it was not with the sample shown; "" */
	char why[128];    /* there is nothing to show: foreign; "" all is there */
	enum paint paint; /* of that */
	bool wrapped;     /* it takes as many lines as it needs, not one */
};

/* The selected process, and its address space if the pane that is open wants it. */
struct pane_process pane_process_find(const struct ui_model *m, const struct ui *ui);
/* Takes the heads off, and counts the lines that say why; true: nothing has to be said. */
bool pane_process_height(const struct pane_process *s, struct page *p);
/* Draws the same. `what` the pane is of the process: "regions". */
bool pane_process_draw(const struct pane_process *s, struct page *p, const char *what);

#endif
