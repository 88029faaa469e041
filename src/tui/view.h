#ifndef COWTOP_TUI_VIEW_H
#define COWTOP_TUI_VIEW_H

/*
 * The screen of ui->rows by ui->columns: what is known and what the user looks at -> cells.
 * Pure: the same arguments give the same cells. Call ui_settle() (tui/control.h) before.
 */
#include "tui/cell.h"
#include "tui/ui.h"

/* `c` gets the size of the screen. */
void view_draw(const struct ui_model *m, const struct ui *ui, struct cells *c);

#endif
