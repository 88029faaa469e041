#ifndef COWTOP_CMD_CONFIG_H
#define COWTOP_CMD_CONFIG_H

/*
 * What the live view remembers from one run to the next: $XDG_CONFIG_HOME/cowtop/config, or
 * ~/.config/cowtop/config. Lines of `key = value`; '#' begins a comment.
 *
 *	sort = -cow		the column, behind '-' for the largest first
 *	hide = new,age		columns that are not shown
 *	tree = yes		who forked whom; anything else is no
 *	mouse = no		anything else is yes
 *	interval = 2s
 *
 * The file is read once, bounded (CONFIG_BYTES), and only when it is a regular one; lines that say
 * nothing to this version are passed over. It may be missing or unwritable at any time.
 */
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"

#define CONFIG_BYTES 65536

struct config {
	char sort[32]; /* name of a column (tui/column.h); "": not said */
	bool ascending;
	char hide[512]; /* names, between commas; "": none */
	bool tree;
	bool no_mouse;
	int64_t interval_ns; /* 0: not said */
};

/* What the file says; nothing, when it cannot be read. */
void config_load(struct config *ret);
/* Write it in place of the old one, all or nothing. Folders are made where they are missing; one
 * that belongs to another user is left alone (cowtop may run as root in a user's environment). */
int config_save(const struct config *c, struct err *err);

#endif
