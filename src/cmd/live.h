#ifndef COWTOP_CMD_LIVE_H
#define COWTOP_CMD_LIVE_H

/*
 * The live view: what runs without a verb when stdin and stdout are a terminal.
 */
#include "base/err.h"
#include "cmd/fail_if.h"
#include "pool/live.h"

struct live_setup {
	struct live *live;
	const struct procfs *fs;
	const struct target *target;
	struct fail_if *fail_if; /* checked on every sample */
	int64_t count;           /* samples; 0: no end */
	int64_t interval_ns;     /* 0: what the settings say, or a second */
	int64_t duration_ns;     /* 0: no end */
	bool color, mouse;
	const struct zone *zone; /* of times that are shown and typed; NULL: UTC */
	bool why;    /* why pages are copied is asked from the beginning, not from when the pane is opened */
	bool nested; /* opened from a list of pools, to which q and Escape lead back */
};

/* How a view ended. */
struct live_end {
	bool left_behind; /* a thread that does not come back uses what `set` names until the process ends: that is
	                   * to be soon (cmd/run.h, run_leave()) */
	bool stopped; /* a signal came, or the terminal has gone: nobody asked for what comes next */
};

/* Can it run here? False: stdin or stdout is no terminal, or one that cannot show it, which is said once on stderr
 * unless TERM is dumb. */
bool live_possible(void);
/* Until the user leaves, a signal comes, or what `set` bounds is over. The signals that end a run
 * are blocked (cmd/ticks.h). */
int live_run(const struct live_setup *set, struct live_end *ret, struct err *err);

#endif
