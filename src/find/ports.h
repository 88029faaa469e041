#ifndef COWTOP_FIND_PORTS_H
#define COWTOP_FIND_PORTS_H

/*
 * Does a pool that was stopped leave a socket behind that listens? The next one would not get its port, or share the
 * requests with who still has it.
 *
 *	cleanup(ports_release) struct ports ports = { 0 };
 *	ports_begin(&ports, fs);	// before the pool is started
 *	ports_add(&ports, fs, pid);	// of its processes, while they live
 *	command_stop(command);
 *	ports_wait_free(&ports, fs, 10 * SECOND, err);
 */
#include "base/err.h"
#include "parse/sockets.h"
#include "sys/proc.h"

struct ports {
	struct sockets before; /* that others listen at: what is passed on to a pool is not its own */
	struct sockets own;
};

void ports_begin(struct ports *p, const struct procfs *fs);
void ports_add(struct ports *p, const struct procfs *fs, pid_t pid);
/* STATUS_FAILED when one still listens after so long, with who has it; or when somebody asks cowtop to stop. */
int ports_wait_free(const struct ports *p, const struct procfs *fs, int64_t timeout_ns, struct err *err);
void ports_release(struct ports *p);

#endif
