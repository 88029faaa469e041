#ifndef COWTOP_TUI_HEADER_WHY_H
#define COWTOP_TUI_HEADER_WHY_H

/*
 * Why pages were copied, as a line of the header: what freezing gives back, and what the rest of a worker's copies is.
 */
#include "tui/ui.h"

/* False: that is not known (so far), and nothing is drawn. */
bool header_why(const struct ui_model *m, struct cells *c, int row, int column, int width);

#endif
