#ifndef COWTOP_CMD_TRY_TAIL_H
#define COWTOP_CMD_TRY_TAIL_H

/* The end of what a program said, from the file that it was kept in. */
#include <stdbool.h>
#include "base/buf.h"

/* The last lines to stderr, behind a line of `whose`; nothing of a program that said nothing. */
void try_tail_say(const char *path, const char *whose);
/* The last line that is not blank; foreign bytes. False: there is none. */
bool try_tail_last(const char *path, struct buf *ret);

#endif
