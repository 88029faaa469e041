#ifndef COWTOP_TUI_PANE_H
#define COWTOP_TUI_PANE_H

/*
 * The panes, each a value: what it is called, how much of the screen it needs, how high it is, what it
 * draws, and what the keys do in it. To add one: a file with its value, its place in panes[] (panes.c), and
 * the key that opens it (keys.c).
 *
 * A pane that only scrolls has `height` and `draw` and no other function. These two are called when there
 * is m->shown, the others before the first sample, too.
 */
#include "tui/page.h"
#include "tui/ui.h"

/* Lines of a pane: `at` is to be seen, and of those around it, `first` to `last`, as many as there is
 * room for. */
struct sight {
	int first, at, last;
};

struct pane {
	const char *name;
	int share;        /* percent of the screen that it needs before the header gets any */
	bool in_round;    /* Tab comes by: it needs no other key to be left */
	bool of_process;  /* it is about the selected process, and stays with it also when that is no more */
	bool wants_space; /* it shows its address space */
	bool scrolls;     /* beyond the ends of its rows it scrolls on: there are lines below them */
	bool has_trends;  /* it shows the trends at large: the header does not */

	/* Of a page without cells: take its heads off (page_head()) and count its lines. What draw()
	 * makes of the same page comes to the same. */
	void (*height)(const struct ui_model *m, const struct ui *ui, struct page *p);
	void (*draw)(const struct ui_model *m, const struct ui *ui, struct page *p);

	/* By so many rows, beyond the ends too. */
	void (*move)(struct ui *ui, const struct ui_model *m, int by);
	/* Enter, where it does not open another pane. */
	void (*enter)(struct ui *ui, const struct ui_model *m);
	/* Left and Right, where they do not move commands: the line of the page that is first then. */
	int (*aside)(const struct ui_model *m, const struct ui *ui, const struct page *p, int by);
	/* Finer by 1, coarser by -1; else trends get shorter and longer. */
	void (*zoom)(struct ui *ui, int by);
	/* What is selected in it exists: part of ui_settle(). */
	void (*settle)(struct ui *ui, const struct ui_model *m);
	/* What has to be in sight; false when nothing has. */
	bool (*sight)(const struct ui_model *m, const struct ui *ui, struct sight *ret);
};

extern const struct pane pane_workers, pane_groups, pane_regions, pane_map, pane_faults, pane_events,
	pane_help, pane_details, pane_stacks, pane_why;

/* All of them, in the order that Tab goes. The first one is open at the beginning. */
extern const struct pane *const panes[];
extern const int npanes;

/* The index of a pane in panes[], and of its first line in ui->scroll[]. */
int pane_number(const struct pane *pane);

/* The keys of the view, ui->keys, group by group: the first part of the help. */
struct sheet;
void pane_help_keys(const struct ui_model *m, const struct ui *ui, struct sheet *s);

#endif
