#ifndef COWTOP_TUI_PANE_PROCESS_H
#define COWTOP_TUI_PANE_PROCESS_H

/*
 * What the panes about the selected process have in common: a head that names it, and a line that says why
 * when there is nothing to show.
 *
 *	struct subject s = subject_find(m, ui);
 *
 *	if (subject_height(&s, p))	... the rest of the height
 *	if (subject_draw(&s, p, "regions"))	... the rest of the pane
 */
#include "tui/page.h"
#include "tui/ui.h"

struct subject {
	const struct proc_snapshot *proc;  /* NULL: gone, or none is selected */
	const struct address_space *space; /* NULL: not there, or not wanted by the pane */
	char age[64];    /* when that was recorded, if it was not with the sample shown; "" */
	char why[128];   /* there is nothing to show: foreign; "" all is there */
	enum paint paint; /* of that */
	bool wrapped;     /* it takes as many lines as it needs, not one */
};

/* The selected process, and its address space if the pane that is open wants it. */
struct subject subject_find(const struct ui_model *m, const struct ui *ui);
/* Takes the heads off, and counts the lines that say why; true: nothing has to be said. */
bool subject_height(const struct subject *s, struct page *p);
/* Draws the same. `what` the pane is of the process: "regions". */
bool subject_draw(const struct subject *s, struct page *p, const char *what);

#endif
