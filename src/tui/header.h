#ifndef COWTOP_TUI_HEADER_H
#define COWTOP_TUI_HEADER_H

/*
 * The block between the title and the pane: a line each of host, pool, faults, collector and cost, and the
 * two trends. When there is no room for all, those of least importance are left out.
 */
#include "tui/cell.h"
#include "tui/ui.h"

/* How many lines there are on at most so many rows; none before the first sample. */
int header_lines(const struct ui_model *m, const struct ui *ui, int rows);
/* Draw them from `row` on: `rows` is what header_lines() returned. */
void header_draw(const struct ui_model *m, const struct ui *ui, struct cells *c, int row, int rows);

#endif
