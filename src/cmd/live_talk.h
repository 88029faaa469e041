#ifndef COWTOP_CMD_LIVE_TALK_H
#define COWTOP_CMD_LIVE_TALK_H

/*
 * What a pool that cowtop has started (`-- COMMAND`) says while the live view has the terminal. A
 * thread reads it, so that the pool never waits; it goes to stderr as it comes, except while it is
 * held: then the last TALK_KEPT bytes are kept and come out afterwards.
 */
#include <stdbool.h>
#include "base/err.h"

#define TALK_KEPT (64 << 10)

struct talk;

/* Block the signals first: the thread inherits that. */
int talk_start(struct talk **ret, struct err *err);
/* Between the two, stderr of this process is the pool's: start the command there. */
void talk_lend(struct talk *t);
void talk_lend_end(struct talk *t);
void talk_hold(struct talk *t, bool hold); /* NULL is fine, as below */
/* Pass on what has been said until now, and listen no longer: call it when the pool has stopped. */
void talk_stop(struct talk *t);

#endif
