#ifndef COWTOP_CMD_PROGRESS_H
#define COWTOP_CMD_PROGRESS_H

/*
 * A line on stderr, when that is a terminal, that tells how a run goes on. It is written over itself without
 * escapes, cut to the width of the terminal, and gone at the end.
 */
#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"

struct progress {
	bool on;
	size_t shown; /* columns that are to be wiped */
};

void progress_begin(struct progress *p);
/* `line`: printable ASCII. */
void progress_show(struct progress *p, const struct buf *line);
/* To be called before say(). */
void progress_wipe(struct progress *p);

#endif
