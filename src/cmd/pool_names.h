#ifndef COWTOP_CMD_POOL_NAMES_H
#define COWTOP_CMD_POOL_NAMES_H

/* What may be typed as TARGET, at once and without figures: for the completions of shells. */
#include "base/err.h"

/* A line to stdout for each pool of the machine: its master's pid, a tab, and the name that it goes by. */
int pool_names_write(struct err *err);

#endif
