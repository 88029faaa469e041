#ifndef COWTOP_FIND_LOAD_H
#define COWTOP_FIND_LOAD_H

/*
 * --load: a command line that sends work to a pool, in a process group of its own. It is over when the shell is: what
 * that has left running is ended.
 */
#include "base/err.h"

struct load;

/* Run `sh -c line`. What it says goes to `output`; -1: cowtop's stderr. */
int load_start(const char *line, int output, struct load **ret, struct err *err);
/* For poll(2): readable when it is time to ask whether it is over. */
int load_fd(const struct load *l);
bool load_is_over(struct load *l);
/*
 * Wait for its end and free it. STATUS_FAILED when it does not exit with 0. Somebody who asks
 * cowtop to stop meanwhile (find/spawn.h) ends the load with its group: STATUS_FAILED as well.
 */
int load_end(struct load *l, struct err *err);
/* End it with its group; NULL is fine. */
void load_stop(struct load *l);

#endif
