#ifndef COWTOP_TUI_PAINT_H
#define COWTOP_TUI_PAINT_H

/*
 * What each paint looks like: a colour for each depth that terminals have, and a weight that also
 * tells paints apart where there is no colour.
 */
#include "tui/cell.h"

enum paint_depth {
	PAINT_MONO,
	PAINT_8,
	PAINT_16,
	PAINT_256,
};

enum paint_weight {
	PAINT_BOLD = 1,
	PAINT_FAINT = 2,
	PAINT_UNDERLINE = 4,
	PAINT_REVERSE = 8,
};

/* The foreground colour, or -1 for the terminal's own. `depth` is not PAINT_MONO. */
int paint_color(enum paint paint, enum paint_depth depth);
/* Bits of enum paint_weight. */
unsigned int paint_weight(enum paint paint, enum paint_depth depth);

#endif
