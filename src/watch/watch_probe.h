#ifndef COWTOP_WATCH_WATCH_PROBE_H
#define COWTOP_WATCH_WATCH_PROBE_H

/* What of the events behind cowtop stacks this user may have, found by trying: for cowtop doctor. */
#include "sys/proc.h"

/* 0 or -errno each. */
struct watch_probe {
	int allowed; /* any event, on cowtop itself; the next ones are not either without it */
	int tracefs; /* the tracepoint's number */
	int copies;  /* sampling it on the process; what tracefs is when that is closed */
	int faults;  /* sampling the software event on it */
	int rings;   /* memory for the rings at the default period; -EPERM: less than wanted */
};

void watch_probe(const struct procfs *fs, pid_t pid, struct watch_probe *ret);

#endif
