#ifndef COWTOP_TUI_BOTTOM_H
#define COWTOP_TUI_BOTTOM_H

/*
 * The last line of the screen: what is being typed, what a key had to say, or the keys there are; in front of it what
 * narrows the table, and at its right how many lines of the pane are above and below what is seen.
 */
#include "tui/cell.h"
#include "tui/ui.h"

void bottom_draw(const struct ui_model *m, const struct ui *ui, struct cells *c);

#endif
