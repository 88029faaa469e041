#ifndef COWTOP_TUI_HEADER_COST_H
#define COWTOP_TUI_HEADER_COST_H

/* The line that says what cowtop itself takes, what it may take, and what it could not read. */
#include "tui/cell.h"
#include "tui/ui.h"

/* At `column`, on one row; m->shown is there. */
void header_cost(const struct ui_model *m, struct cells *c, int row, int column, int width);

#endif
