#ifndef COWTOP_CMD_CHILD_STDERR_H
#define COWTOP_CMD_CHILD_STDERR_H

/*
 * What a pool that cowtop has started (`-- COMMAND`) writes to its stderr while the live view has the terminal.
 * A thread reads the pool's bytes, so that the pool never waits, and passes them on to stderr at once, except
 * while they are held: then the last CHILD_STDERR_KEPT of them are kept and come out afterwards.
 */
#include <stdbool.h>
#include "base/err.h"

#define CHILD_STDERR_KEPT (64 << 10)

struct child_stderr;

/* Block the signals first: the thread inherits that. */
int child_stderr_start(struct child_stderr **ret, struct err *err);
/* Between the two, stderr of this process is the pool's: start the command there. */
void child_stderr_lend(struct child_stderr *t);
void child_stderr_lend_end(struct child_stderr *t);
void child_stderr_hold(struct child_stderr *t, bool hold); /* NULL is fine, as below */
/* Pass on what has been said until now, and listen no longer: call it when the pool has stopped. */
void child_stderr_stop(struct child_stderr *t);

#endif
