#ifndef COWTOP_TUI_CONTROL_H
#define COWTOP_TUI_CONTROL_H

/*
 * The life of a struct ui: its beginning, each key, and the agreement with the model after every change.
 * Pure, as the views are: a key that wants something of the world returns an effect, which the caller
 * brings about.
 */
#include "tui/ui.h"

/* The first pane, sorted by copies, once a second, on a screen of 24 by 80. */
void ui_init(struct ui *ui);

/* A key as the terminal gave it: looked up in the table, or typed into the line being asked for. Follow it by
 * ui_settle() and view_draw(), whatever it returns. */
enum ui_effect ui_key(struct ui *ui, const struct ui_model *m, int code);

/* Make ui and model agree: `shown` is the instant that `ui` looks at, a process is selected if there is
 * one, the first line on the screen exists. After each sample, key and change of size, before
 * view_draw(). */
void ui_settle(struct ui *ui, struct ui_model *m);

#endif
