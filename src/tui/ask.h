#ifndef COWTOP_TUI_ASK_H
#define COWTOP_TUI_ASK_H

/*
 * The line at the bottom that the user types: what to search, to filter by, an interval, a time.
 */
#include "tui/act.h"

void ask_begin(struct ui *ui, enum ask what);
/* Enter takes the line, Escape drops it, everything else goes into it. */
enum ui_effect ask_key(struct ui *ui, const struct ui_model *m, int code);
/* "search: ", with what may be typed. */
const char *ask_prompt(enum ask what);

/*
 * "09:00" and "09:00:30" are the last such time that is not after `latest_ns`, in UTC as on the
 * screen; "-5m" is that much before. Returns 0, or -1.
 */
int ask_parse_time(const char *line, int64_t latest_ns, int64_t *ret_ns);

#endif
