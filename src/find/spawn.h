#ifndef COWTOP_FIND_SPAWN_H
#define COWTOP_FIND_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

/* How a child is started. */
struct spawn {
	char *const *argv;
	char *const *env; /* all of its environment; NULL: cowtop's */
	/* prctl(PR_SET_THP_DISABLE, thp_disable, thp_flags, 0, 0), which is inherited; -1: as cowtop has it */
	int thp_disable;
	unsigned long thp_flags;
	int output; /* a descriptor for its stdout and stderr; -1: both go to cowtop's stderr */
	int input;  /* a descriptor for its stdin; 0: /dev/null */
	bool plain; /* a program of its user's: it does not inherit ambient capabilities */
};

/* These words, and nothing else changed. */
#define SPAWN_WORDS(words) \
	{ \
		.argv = (words), .thp_disable = -1, .output = -1 \
	}

/*
 * Fork and exec: own process group, default signals, stdin from /dev/null or `input`, and when cowtop dies first
 * the child gets its stop signal (spawn_stop_signal(), by prctl(2), PR_SET_PDEATHSIG). A name without a slash is
 * looked for in the PATH of its own environment. It has the rights and, where `env` is NULL, the environment that
 * cowtop was given (sys/priv.h). 0 and *ret_pid, or -errno of fork(2), pipe2(2), prctl(2) or exec.
 */
int spawn_child(const struct spawn *how, pid_t *ret_pid);

/* The signal that ends the program at this path: SIGTERM, but SIGINT for uWSGI, where SIGTERM means
 * reload. */
int spawn_stop_signal(const char *program);

/* Did someone ask cowtop to stop (base/stop.h)? */
bool spawn_interrupted(void);

#endif
