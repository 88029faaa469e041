#ifndef COWTOP_TUI_TERMINAL_KEYS_H
#define COWTOP_TUI_TERMINAL_KEYS_H

/* Keys and the mouse as ncurses has them, for terminal.c; terminal_key() of tui/terminal.h is here as well. */
#include <stdbool.h>

/* How long an Escape waits for the rest of a longer key, in ms. */
#define TERMINAL_ESCAPE_WAIT 25

/* Take reports of the mouse for what they are; false: the terminal does not say that it makes any. */
bool terminal_keys_mouse(void);

#endif
