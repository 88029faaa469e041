#ifndef COWTOP_CMD_LIVE_SETTINGS_H
#define COWTOP_CMD_LIVE_SETTINGS_H

/* Between the file of settings (cmd/config.h) and what the user looks at (tui/ui.h). */
#include "cmd/config.h"
#include "tui/ui.h"

struct settings_kept {
	struct config file;  /* as it was read or written last */
	struct config begun; /* what the view looked like then */
	bool foreign_interval; /* that of the view is a recording's: it is not remembered */
};

/* Read the file and make the view so. `interval_ns`: from the command line, which wins; 0: none. */
void settings_apply(struct settings_kept *k, struct ui *ui, int64_t interval_ns);
/* Write what is seen now. */
int settings_save(struct settings_kept *k, const struct ui *ui, struct err *err);
/* At the end: write what the user has changed since; nothing when that is nothing. */
int settings_keep(struct settings_kept *k, const struct ui *ui, struct err *err);

#endif
