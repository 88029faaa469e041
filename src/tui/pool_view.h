#ifndef COWTOP_TUI_POOL_VIEW_H
#define COWTOP_TUI_POOL_VIEW_H

/*
 * The list of all pools of a machine on the screen: m->pools is what is known, a struct ui what the user looks at
 * (its `sort` is a column of tui/pool_list.h). With the keys, the line that is typed and the widgets of the view
 * of one pool (tui/control.h), and as pure as that.
 *
 *	pool_view_init(&ui);
 *	on a list:	m.pools = list;
 *	on a key:	effect = pool_view_key(&ui, &m, code);
 *	after either:	pool_view_settle(&ui, &m);
 *			pool_view_draw(&m, &ui, &cells);
 */
#include "tui/cell.h"
#include "tui/ui.h"

void pool_view_init(struct ui *ui);
/* EFFECT_OPEN: the pool ui->selected. */
enum ui_effect pool_view_key(struct ui *ui, const struct ui_model *m, int code);
void pool_view_settle(struct ui *ui, const struct ui_model *m);
void pool_view_draw(const struct ui_model *m, const struct ui *ui, struct cells *c);

#endif
