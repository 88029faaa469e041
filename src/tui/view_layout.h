#ifndef COWTOP_TUI_VIEW_LAYOUT_H
#define COWTOP_TUI_VIEW_LAYOUT_H

/*
 * Where the pane is on the screen, and how many lines it has: what scrolling needs to know.
 */
#include "tui/page.h"
#include "tui/ui.h"

/* The page of the pane; everything is printed to `c`. */
struct page view_page(const struct ui_model *m, const struct ui *ui, struct cells *c);
/* The same drawn to nowhere: `lines` is what there is, `rows` what is seen at once. */
struct page view_measure(const struct ui_model *m, const struct ui *ui);

#endif
