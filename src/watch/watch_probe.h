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

/* May anybody here have any event, were it one of his own? 0 or -errno. */
int watch_probe_allowed(void);
/* What would give it. */
#define STACK_PROBE_ALLOWED \
	"a seccomp filter that allows perf_event_open(2), or perf_event_paranoid 2 or less"
void watch_probe(const struct procfs *fs, pid_t pid, struct watch_probe *ret);

#endif
