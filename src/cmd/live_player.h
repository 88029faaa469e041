#ifndef COWTOP_CMD_LIVE_PLAYER_H
#define COWTOP_CMD_LIVE_PLAYER_H

/* The live view over a recording. */
#include "cmd/recording.h"

/* Until the user leaves or a signal comes; `color`: there may be colours; `mouse`: it may be taken; `span`: the part
 * that it was opened with. The signals that end a run are blocked (cmd/ticks.h). STATUS_FAILED when the recording has
 * ended and has no sample. */
int player_run(struct recording *r, const char *path, bool color, bool mouse, const struct when_span *span,
	       struct err *err);

#endif
