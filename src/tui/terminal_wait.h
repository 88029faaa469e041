#ifndef COWTOP_TUI_TERMINAL_WAIT_H
#define COWTOP_TUI_TERMINAL_WAIT_H

/*
 * A terminal that does not wait (O_NONBLOCK), as whoever shares it may have made it: ncurses writes to it again
 * and again while it takes nothing.
 */

/*
 * From here on writing to standard output waits. It is the same terminal opened anew, which leaves alone whoever
 * shares the old one; where it cannot be opened, they wait as well until terminal_wait_over().
 */
void terminal_wait(void);
/* Safe in a handler, and when nothing is to be given back. */
void terminal_wait_over(void);

#endif
