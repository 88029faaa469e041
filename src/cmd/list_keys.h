#ifndef COWTOP_CMD_LIST_KEYS_H
#define COWTOP_CMD_LIST_KEYS_H

/* --list-keys: what a rule of --fail-if can be about, one a line on stdout, parted by two blanks at least: the key
 * with its scope, the unit, and what it is. Completions read it. */
#include "base/err.h"

/* `diff`: those of two recordings. */
int list_keys(bool diff, struct err *err);

#endif
