#ifndef COWTOP_TUI_KEPT_H
#define COWTOP_TUI_KEPT_H

/*
 * Settings that come from the last time: who sees a screen that is not the usual one is told why, and how to get
 * that one back.
 */
#include "base/buf.h"
#include "tui/ui.h"

/* "sort NEW, 2 columns hidden, tree, every 2s" behind what is there: what was kept from the last time, differs from
 * what is usual, and has not been changed since. Nothing where nothing is so. */
void kept_text(const struct ui *ui, struct buf *out);

/* As without settings. */
void kept_reset(struct ui *ui);

/* The settings as they are now. */
struct ui_settings kept_now(const struct ui *ui);

#endif
