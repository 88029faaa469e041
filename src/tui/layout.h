#ifndef COWTOP_TUI_LAYOUT_H
#define COWTOP_TUI_LAYOUT_H

/*
 * The rows of the screen, from the top down: the title, the header, the pane, and one line at the bottom.
 * Nothing is drawn to find out.
 */
#include "tui/page.h"
#include "tui/ui.h"

/* Rows of the title: in a replay there is one more, which says where it is. */
int layout_title(const struct ui_model *m);
/* Rows that the header may take: what the pane leaves. */
int layout_header(const struct ui_model *m, const struct ui *ui);

/* The page of the pane, without cells. */
struct page layout_page(const struct ui_model *m, const struct ui *ui);
/* The same when the pane's heads are off: `rows` are seen at once, of `lines` that there are. */
struct page layout_height(const struct ui_model *m, const struct ui *ui);

#endif
