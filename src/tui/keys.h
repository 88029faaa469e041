#ifndef COWTOP_TUI_KEYS_H
#define COWTOP_TUI_KEYS_H

/*
 * The one table of keys, in the order of the help. To add a key: a row in keys.c, and the function that the
 * row names where there is none yet (tui/act.h).
 */
#include <stddef.h>
#include "tui/key.h"

extern const struct key keys[];
extern const size_t nkeys;

#endif
