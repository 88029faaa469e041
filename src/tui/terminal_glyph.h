#ifndef COWTOP_TUI_TERMINAL_GLYPH_H
#define COWTOP_TUI_TERMINAL_GLYPH_H

/* Cells as the C library's wide characters, in the locale of the terminal. */
#include <wchar.h>
#include "tui/cell.h"

#define TERMINAL_GLYPH 5 /* characters of a cell: one, and combining ones */

/* The glyph in wide characters; anything that does not take the cells it was given becomes '?'. */
void terminal_widen(const struct cell *cell, bool wide, wchar_t out[static TERMINAL_GLYPH + 1]);

#endif
