#ifndef COWTOP_TUI_PLAYBACK_LINE_H
#define COWTOP_TUI_PLAYBACK_LINE_H

/*
 * The line below the title of a replay: playing or not, how fast, which sample of how many, and where that is
 * between the beginning and the end, with the marks.
 */
#include "tui/cell.h"
#include "tui/playback.h"

void playback_draw(const struct playback *p, struct cells *c, int row);

#endif
