#ifndef COWTOP_CMD_TRY_RUN_H
#define COWTOP_CMD_TRY_RUN_H

/*
 * One run of a trial: start, wait until it is ready, record while the load runs, look whether the variant took, stop.
 */
#include "cmd/common_options.h"
#include "cmd/try_contender.h"
#include "cmd/try_files.h"

struct try_run {
	const struct common_settings *common;
	const struct try_files *files;
	const char *asked; /* the command in a line */
	int64_t requests;  /* that the load makes; 0: not given */
	bool stacks;       /* in the recording too */
	int64_t number;    /* of the run, from 1 */
	const char *head;  /* in front of lines of progress */
	bool *port_in_use; /* set when the pool leaves a socket behind that listens */
};

/*
 * Nothing of the pool and of the load is left, whatever came. The error has the last line of what they said, and the last
 * ten have been said before; with STATUS_FAILED also when somebody asked to stop: ticks_stopped().
 */
int try_run(const struct try_run *how, struct contender *c, struct err *err);

#endif
