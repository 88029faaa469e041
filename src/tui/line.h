#ifndef COWTOP_TUI_LINE_H
#define COWTOP_TUI_LINE_H

/*
 * A labelled line of figures, as atop has them: "POOL | footprint 203.1 MiB | saved 551.1 MiB".
 * Figures go by their importance when the line is narrow; none is ever cut.
 */
#include "tui/cell.h"

#define LINE_ITEMS 12
#define LINE_LABEL 5 /* columns of the label */

struct item {
	char name[32];   /* dim; "" none */
	char value[128]; /* clean */
	enum paint paint;
	int order;      /* the highest goes first; 0 always stays */
};

struct line {
	const char *label;
	struct item items[LINE_ITEMS];
	int n;
};

void line_add(struct line *l, int order, enum paint paint, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
void line_draw(const struct line *l, struct cells *c, int row, int column, int width);

#endif
