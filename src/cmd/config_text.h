#ifndef COWTOP_CMD_CONFIG_TEXT_H
#define COWTOP_CMD_CONFIG_TEXT_H

/*
 * The lines of the live view's settings (cmd/config.h): `key = value`; '#' begins a comment.
 *
 *	sort = -cow		the column, behind '-' for the largest first
 *	hide = new,age		columns that are not shown
 *	tree = yes		who forked whom; anything else is no
 *	mouse = no		anything else is yes
 *	interval = 2s
 *
 * Lines that say nothing to this version are passed over.
 */
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"

struct config {
	char sort[32]; /* name of a column (tui/column.h); "": not said */
	bool ascending;
	char hide[512]; /* names, between commas; "": none */
	bool tree;
	bool no_mouse;
	int64_t interval_ns; /* 0: not said */
};

/* Sets what the text says, in place: its lines are cut. NULL: it says nothing. */
void config_parse(char *text, struct config *ret);
/* What is not as it is without a file. */
void config_print(struct buf *out, const struct config *c);

#endif
