#ifndef COWTOP_SOURCE_STACKS_PROBE_H
#define COWTOP_SOURCE_STACKS_PROBE_H

/* What of the events behind cowtop stacks this user may have, found by trying: for cowtop doctor. */
#include "sys/proc.h"

/* 0 or -errno each. */
struct stack_probe {
	int tracefs; /* the tracepoint's number */
	int copies;  /* sampling it on the process; what tracefs is when that is closed */
	int faults;  /* sampling the software event on it */
	int rings;   /* memory for the rings at the default period; -EPERM: less than wanted */
};

void stack_probe(const struct procfs *fs, pid_t pid, struct stack_probe *ret);

#endif
