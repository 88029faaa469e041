#ifndef COWTOP_TUI_TERMINAL_H
#define COWTOP_TUI_TERMINAL_H

/*
 * The terminal: cells out, keys in. The one door to ncurses, which knows one terminal at a time, so
 * there is no handle here; one thread calls.
 *
 *	terminal_open(mouse, &err);
 *	terminal_draw(&cells, mono);	// sends what has changed
 *	while ((code = terminal_key()))
 *		...
 *	terminal_close();
 *
 * Between open and close the terminal is put back as it was whatever ends the process: exit(3), or a
 * fatal signal, which is then raised again; only SIGKILL leaves it. The caller has the signals
 * blocked that it wants to handle itself (SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH).
 */
#include <stdbool.h>
#include "base/err.h"
#include "tui/cell.h"

/* Can the terminal of stdout show a live view? 0; -1 and STATUS_FAILED when $TERM is unset, dumb or not known, or it
 * cannot place its cursor: err says which. Changes nothing. */
int terminal_check(struct err *err);

/* Take the terminal: 0, or -1 as terminal_check() and when its modes cannot be read. Sets the locale's
 * LC_CTYPE: from it follows whether characters that are not ASCII can be shown. `mouse`: have it reported, if the
 * terminal can, which then selects no text of its own without Shift. */
int terminal_open(bool mouse, struct err *err);
/* Put it back; nothing when it is not open. */
void terminal_close(void);

/* Put it back as a fatal signal would, from any thread: the process ends, and whoever has the terminal may be stuck. */
void terminal_rescue(void);

/* Can it show UTF-8? */
bool terminal_utf8(void);
/* Ask for the size, which may have changed, and take it over. */
void terminal_size(int *ret_rows, int *ret_columns);
/* Show the cells; `mono`: without colours. */
void terminal_draw(const struct cells *c, bool mono);
/* The next key (tui/key_code.h), or 0 when there is none now. Waits at most 25 ms, after an Escape that
 * may begin a longer key. */
int terminal_key(void);
/* What of these cells, which are on the screen, the mouse was on at the last KEY_CODE_CLICK. */
struct spot terminal_clicked(const struct cells *c);
/* Send everything anew with the next terminal_draw(). */
void terminal_repaint(void);
/* Put it back for a while: until the next terminal_draw(), which sends everything anew. */
void terminal_pause(void);

#endif
