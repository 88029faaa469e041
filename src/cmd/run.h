#ifndef COWTOP_CMD_RUN_H
#define COWTOP_CMD_RUN_H

/*
 * The pool that a verb looks at: found, or started (`-- COMMAND`), opened, and given back.
 *
 *	cleanup(run_close) struct run run = RUN_NONE;
 *	if (run_open(&run, &rest, &how, err) < 0)
 *		return -1;
 *	live_sample(run.live, ...);
 */
#include "cmd/child_stderr.h"
#include "cmd/options.h"
#include "find/command.h"
#include "pool/live.h"

struct run {
	struct procfs fs;
	const char *asked; /* the TARGET that was typed; NULL: none, or a command */
	struct target target;
	struct command *command; /* what cowtop has started and will stop; or NULL */
	struct child_stderr *talk;
	struct live *live;
};

#define RUN_NONE \
	{ \
		.fs = {.fd = -1 } \
	}

struct run_how {
	bool view;   /* the terminal will be taken; what a started pool says goes through r->talk,
	                  * to be held (cmd/child_stderr.h) */
	bool series; /* many samples are taken: those of a pool that does not stand still are worth having */
	bool wait;   /* a pool without workers is waited for */
	int64_t wait_ns; /* so long; 0: no limit */
	/* Of a command; NULL: nothing but its words, in cowtop's environment. `argv` is not looked at. */
	const struct spawn *start;
	const struct ready *ready; /* NULL: when it stands still */
	bool again;                /* what there is to say about the target was said before */
};

/*
 * Block the signals that end a run (cmd/ticks.h), find the pool, or start it and wait until it
 * stands still, and open it. Says what there is to say about the target.
 */
int run_open(struct run *r, const struct operands *rest, const struct run_how *how, struct err *err);
/*
 * The master is `gone`, or has no workers any more. When what was asked for (a name, a pid file, a command)
 * means another pool by now, the next generation of a server that was upgraded, open that, and say so. 1;
 * 0: it does not; -1.
 */
int run_follow(struct run *r, bool gone, struct err *err);
/* Stops what was started. */
void run_close(struct run *r);
/* The same where a thread still uses the rest, which ends with the process: output_leave(). */
_Noreturn void run_leave(struct run *r, const struct err *err);

/* STATUS_USAGE when a verb's name stands where TARGET should, or an option took that for a file to write. */
int run_check_target(const struct verb *verb, const struct operands *rest, struct err *err);

#endif
