#ifndef COWTOP_SYS_KERNEL_CHILD_H
#define COWTOP_SYS_KERNEL_CHILD_H

/*
 * The child of the trial of a kernel (sys/kernel.c): it shares all pages of this process, writes a few of
 * them, and stands still until it is ended.
 *
 * It is made by raw clone(2) without a signal at its end: no SIGCHLD handler and no waitpid(-1) of the
 * program around gets to see it, and it can be waited for where SIGCHLD is ignored. All signals are
 * blocked in it, as what a terminal sends to the group would run the program's handlers twice. When this
 * process goes away, it goes too.
 */
#include "sys/proc.h"

#define KERNEL_CHILD_PAGES 3

struct kernel_child {
	pid_t pid;    /* not above 0: there is none */
	int go, done; /* this side's ends of two pipes */
	int map;      /* its pagemap; -1 or -errno: not readable */
};

/* Returns when it has written the bytes at `written` (NULL: none). False: there is no child, or none that has
 * written. */
bool kernel_child_start(struct kernel_child *c, const struct procfs *fs,
			char *const written[KERNEL_CHILD_PAGES]);
/* Ends it and waits for that, whatever the start has returned. Its pages are its own no more. */
void kernel_child_end(struct kernel_child *c);

#endif
