#ifndef COWTOP_TUI_LEGEND_H
#define COWTOP_TUI_LEGEND_H

/*
 * What stands on the screen, in a sentence each: the lines at the top and every figure in them, and the columns of
 * the panes that have some of their own. The columns of the process table have theirs in tui/column.h. The help pane
 * shows it, cowtop(1) has the same words, and the tests look for a name on the screen that is not here.
 */
#include <stdbool.h>
#include <stddef.h>

struct legend {
	const char
		*place; /* a line at the top by its label, in capitals, or a pane by its name (tui/pane.h) */
	const char *name; /* how the figure is called there; "" the line itself */
	const char *text; /* no full stop */
};

static inline bool legend_of_pane(const struct legend *l)
{
	return *l->place >= 'a';
}

/* Each place together, the line itself first. */
extern const struct legend legend[];
extern const size_t nlegend;

/* Marks in front of figures and rows, and what colours say, as rows of the help. */
struct legend_mark {
	const char *mark, *ascii; /* NULL: the same */
	int paint;                /* enum paint */
	const char *text;
};

extern const struct legend_mark legend_marks[];
extern const size_t nlegend_marks;

#endif
