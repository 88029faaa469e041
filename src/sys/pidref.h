#ifndef COWTOP_SYS_PIDREF_H
#define COWTOP_SYS_PIDREF_H

/*
 * A process that stays the same one when its pid goes to another: pidfd_open(2) (Linux 5.3). Where
 * the kernel or a seccomp filter does not know that call (RHEL 8's 4.18), an open folder /proc/PID stands
 * for the process, and its end is looked for at intervals.
 */
#include <stdbool.h>
#include <sys/types.h>

struct pidref {
	pid_t pid;
	int fd;     /* for poll(2): readable when it is time to ask pidref_ended() */
	int folder; /* of /proc/PID; -1: `fd` is a pidfd */
};

#define PIDREF_NONE \
	{ \
		0, -1, -1 \
	}

/* 0 or -errno: -ESRCH, no such process. On failure it is PIDREF_NONE. */
int pidref_open(struct pidref *ret, pid_t pid);
void pidref_release(struct pidref *p);

/* It is a zombie with all its threads, or gone. */
bool pidref_ended(struct pidref *p);
/* Wait for that for so long at most, or until a signal is handled. As pidref_ended(). */
bool pidref_wait(struct pidref *p, int timeout_ms);
/*
 * Send a signal to exactly this process: 0 or -errno. Without pidfds another process could get the pid
 * between the last look and the signal: a few microseconds in which all other pids would have to be used.
 */
int pidref_signal(struct pidref *p, int sig);

#endif
