#ifndef COWTOP_CMD_TAKEN_H
#define COWTOP_CMD_TAKEN_H

/* "cowtop stacks --flamegraph 504": the option took the TARGET for the file that it writes. */
#include "cmd/options.h"

/* STATUS_USAGE when there is no TARGET and no COMMAND, and the file that an option is to write is called as a process
 * is, or is a recording. With a slash in it it is a file. */
int taken_check(const struct verb *verb, const struct operands *rest, struct err *err);

#endif
