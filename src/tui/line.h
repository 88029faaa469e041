#ifndef COWTOP_TUI_LINE_H
#define COWTOP_TUI_LINE_H

/*
 * A labelled line of figures, as atop has them: "POOL | footprint 203.1 MiB | saved 551.1 MiB".
 * A narrow line has the most important ones that it has room for; a value is shown whole or not at all, and one
 * that is too wide leaves its room to others.
 */
#include "tui/cell.h"

#define LINE_ITEMS 12
#define LINE_LABEL 5 /* columns of the label */

struct item {
	char name[32];   /* dim; "" none */
	char value[128]; /* clean */
	enum paint paint;
	int order; /* the lowest gets room first, of two the one more to the left */
};

struct line {
	const char *label; /* borrowed */
	struct item items[LINE_ITEMS];
	int n;
};

/* One more figure, its value as printf() makes it; nothing when the line has LINE_ITEMS of them. */
void line_add(struct line *l, int order, enum paint paint, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* The label at `column`, and as many figures behind it as `width` has room for. */
void line_draw(const struct line *l, struct cells *c, int row, int column, int width);

#endif
