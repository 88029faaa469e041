#ifndef COWTOP_CMD_RECORD_ALL_H
#define COWTOP_CMD_RECORD_ALL_H

/*
 * record --all DIR: every pool of the machine as it comes and goes, each into a file of its own, which is called after
 * its command and its leader's pid. What is finished is moved aside (cmd/record_rotate.h) and kept within a number
 * and a size, that of all files together.
 */
#include "cmd/record_run.h"

#define RECORD_ALL_INTERVAL (10 * SECOND)
#define RECORD_ALL_ROTATE (86400 * SECOND)
#define RECORD_ALL_SIZE ((uint64_t)1 << 30)
/* A file has at least so much room; that is how many pools --max-size has room for. */
#define RECORD_ALL_FILE ((uint64_t)64 << 10)

/* Until a signal comes, or the time or the count of samples is over. `set->all` is the folder; it is made if it is not
 * there. STATUS_FAILED when another cowtop records into it. */
int record_all(struct record_settings *set, struct err *err);

#endif
