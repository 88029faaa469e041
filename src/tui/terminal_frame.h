#ifndef COWTOP_TUI_TERMINAL_FRAME_H
#define COWTOP_TUI_TERMINAL_FRAME_H

/*
 * A frame as one write. ncurses writes out what it has at each movement of the cursor (mvcur(), lib_mvcur.c, ncurses
 * 6.4), some hundred and fifty times in a frame, and each of them wakes whoever shows the terminal. So it gets a
 * descriptor of its own, which between frame_begin() and frame_end() is memory.
 */
#include <stdio.h>

/* What newterm(3) shall write to. Where there can be no such descriptor it is stdout, and nothing is gathered. */
FILE *frame_open(void);
/* To be called while the terminal is ncurses': who takes it back needs the terminal itself for its modes. */
void frame_begin(void);
/* What was written since goes to standard output. */
void frame_end(void);
void frame_close(void);

#endif
