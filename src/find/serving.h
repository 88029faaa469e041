#ifndef COWTOP_FIND_SERVING_H
#define COWTOP_FIND_SERVING_H

/*
 * Which processes can take a new connection: who holds a socket that listens. Two generations of one
 * server hold the same one; workers that only finish what they began have closed it.
 */
#include <stdbool.h>
#include "parse/sockets.h"
#include "sys/proc.h"

/* All that listen in the network namespace of a process. */
void serving_all(const struct procfs *fs, pid_t pid, struct sockets *ret);
/* The listening sockets of a process, TCP and unix. 0; -errno: this user may not see its descriptors. */
int serving_sockets(const struct procfs *fs, pid_t pid, struct sockets *ret);
/* Does it hold one of `these`? 1, 0, -errno. */
int serving_any(const struct procfs *fs, pid_t pid, const struct sockets *these);

#endif
