#ifndef COWTOP_TUI_ASK_H
#define COWTOP_TUI_ASK_H

/*
 * The line at the bottom that the user types: what to search, to filter by, an interval, a time. What follows
 * from it is the caller's (tui/act.h, act_answer()).
 */
#include "tui/ui.h"

/* From now on keys go to ask_key(); the line is empty, or the filter that there is. */
void ask_begin(struct ui *ui, enum ask what);
/* A key into the line. Enter ends it and returns what was asked, with the answer in ui->line; all others
 * return ASK_NONE, Escape when it has dropped the line. */
enum ask ask_key(struct ui *ui, int code);
/* "search: ", with what may be typed; "" of ASK_NONE. */
const char *ask_prompt(enum ask what);

#endif
