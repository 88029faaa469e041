#ifndef COWTOP_CMD_LIVE_SETTINGS_H
#define COWTOP_CMD_LIVE_SETTINGS_H

/* Settings go from their file (cmd/config.h) to the view (tui/ui.h) at its beginning, and back at its end. */
#include "cmd/config.h"
#include "tui/ui.h"

struct settings_kept {
	struct config file;    /* as it was read or written last */
	struct config begun;   /* what the view looked like then */
	bool foreign_interval; /* the view's interval is a recording's: it is not remembered */
};

/* Read the file and set the view. `interval_ns`: of the command line, which wins; 0: none. */
void settings_apply(struct settings_kept *k, struct ui *ui, int64_t interval_ns);
/* Write the view's settings as they are now. */
int settings_save(struct settings_kept *k, const struct ui *ui, struct err *err);
/* At the end: write what the user has changed since; nothing when that is nothing. */
int settings_keep(struct settings_kept *k, const struct ui *ui, struct err *err);

#endif
