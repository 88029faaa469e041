#ifndef COWTOP_FIND_SPAWN_H
#define COWTOP_FIND_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Fork and exec argv: own process group, default signals, stdin from /dev/null, stdout to cowtop's
 * stderr, and when cowtop dies first the child gets its stop signal (spawn_stop_signal(), by
 * prctl(2), PR_SET_PDEATHSIG). 0 and *ret_pid, or -errno of fork(2), pipe2(2) or exec.
 */
int spawn_child(char *const argv[], pid_t *ret_pid);

/* The signal that ends the program at this path: SIGTERM, but SIGINT for uWSGI, where SIGTERM means
 * reload. */
int spawn_stop_signal(const char *program);

/* Did someone ask cowtop to stop (base/stop.h)? */
bool spawn_interrupted(void);

#endif
