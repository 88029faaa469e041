#ifndef COWTOP_TUI_TERMINAL_RESCUE_H
#define COWTOP_TUI_TERMINAL_RESCUE_H

/*
 * The terminal put back when a fatal signal ends the process: all of it is made ready beforehand, so
 * that the handler calls only what a handler may. Then the signal is raised again for whom it
 * belonged to before: the kernel, or a sanitizer.
 */
#include <stdbool.h>
#include <termios.h>

/* Handle the fatal signals that are not ignored; `modes` are those to put back on stdin. */
void rescue_begin(const struct termios *modes);
/* A capability (terminfo) to send to stdout; NULL and (char *)-1 are none. */
void rescue_add(const char *capability);
/* Is the terminal ours at the moment? */
void rescue_arm(bool armed);
/* Put it back, if it is ours: from a handler, or from another thread. */
void rescue_now(void);
/* Leave the signals as they were. */
void rescue_end(void);

#endif
