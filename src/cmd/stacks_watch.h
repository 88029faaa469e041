#ifndef COWTOP_CMD_STACKS_WATCH_H
#define COWTOP_CMD_STACKS_WATCH_H

/* How long cowtop stacks watches. */
#include "cmd/run.h"
#include "watch/watch.h"

struct stacks_watch {
	int64_t duration_ns; /* 0: no end */
	const char *load;    /* as long as this command runs; NULL */
	int64_t each_ns;     /* so often this is called; 0: never */
	void (*each)(void *data);
	void (*news)(void *data); /* called when this is readable, with `each` */
	int news_fd;
	void *data;
};

/* Until the time or the load is over, a signal comes or the master goes; with a line of progress on a
 * terminal. STATUS_FAILED when the load fails, or is interrupted, or the pool goes away under it. */
int stacks_watch(struct watch *watch, const struct run *run, const struct stacks_watch *how, struct err *err);

#endif
