#ifndef COWTOP_TUI_HEADER_TREND_H
#define COWTOP_TUI_HEADER_TREND_H

/*
 * The two lines of the header that are pictures over time: what everybody has copied, and the minor faults
 * with what they were for. m->shown is there.
 */
#include "tui/cell.h"
#include "tui/ui.h"

void header_cow_trend(const struct ui_model *m, const struct ui *ui, struct cells *c, int row, int column,
		      int width);
void header_split_trend(const struct ui_model *m, const struct ui *ui, struct cells *c, int row, int column,
			int width);

#endif
