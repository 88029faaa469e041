#ifndef COWTOP_FIND_SHELL_H
#define COWTOP_FIND_SHELL_H

/*
 * A command line that cowtop runs: `sh -c LINE`, in a process group of its own.
 *
 *	r = shell_start(line, -1, &shell);	// 0 or -errno
 *	while (!shell_wait(shell, 100))
 *		...
 *	status = shell_end(shell);		// of wait(2)
 */
#include <stdbool.h>
#include "base/buf.h"

struct shell;

/* What it says goes to `output`; -1: cowtop's stderr. */
int shell_start(const char *line, int output, struct shell **ret);
/* The same, with these bytes on its stdin: PIPE_BUF of them at most (limits.h), so that nobody waits for a reader. */
int shell_start_fed(const char *line, const struct buf *bytes, struct shell **ret);
/* For poll(2): readable when it is time to ask whether it is over. */
int shell_fd(const struct shell *s);
bool shell_is_over(struct shell *s);
/* Wait for that for so long at most, or until a signal is handled. */
bool shell_wait(struct shell *s, int timeout_ms);
/* SIGKILL to its group; it is over in a moment, which is not waited for. */
void shell_kill(struct shell *s);
/* Reap and free one that is over; what it has left running in its group gets SIGTERM. The status of wait(2), or
 * -errno. */
int shell_end(struct shell *s);
/* End it with its group: SIGTERM, 5 s of grace unless somebody asks cowtop to stop meanwhile, SIGKILL; and free it.
 * NULL is fine. */
void shell_stop(struct shell *s);

#endif
