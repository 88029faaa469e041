#ifndef COWTOP_TUI_TERMINAL_MOUSE_H
#define COWTOP_TUI_TERMINAL_MOUSE_H

/*
 * What the terminal reports of the mouse (xterm's ctlseqs, "Mouse Tracking"): presses and the wheel, by 1006 as
 * \033[<B;X;YM and at the release m, and of a terminal that does not know that, as \033[M and three bytes.
 */
#include <stdbool.h>

/* Presses and releases, in the form without a limit of columns. */
#define TERMINAL_MOUSE_ON "\033[?1000h\033[?1006h"
#define TERMINAL_MOUSE_OFF "\033[?1006l\033[?1000l"

/* The rest of a report, whose bytes `next` gives (-1: there is none): KEY_CODE_CLICK or KEY_CODE_WHEEL_... of
 * tui/key_code.h and where that was, from 0; 0 for what nobody asked for, and for what is broken. */
int terminal_mouse(bool sgr, int (*next)(void), int *ret_row, int *ret_column);

#endif
