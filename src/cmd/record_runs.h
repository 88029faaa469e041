#ifndef COWTOP_CMD_RECORD_RUNS_H
#define COWTOP_CMD_RECORD_RUNS_H

/*
 * A pool recorded once, or a command several times: each time it is started, waited for, recorded until the run ends,
 * and stopped with all that it has started, before the next one begins. Each run has a file of its own, a whole
 * recording: pool.1.ct, pool.2.ct, ... of pool.ct.
 */
#include "cmd/record_run.h"

#define RECORD_RUNS_MOST 1000

/* Before any pool is looked for: can the files be made? */
int record_runs_check(const struct record_settings *set, struct err *err);
/* And what --fail-if says of each run, and a baseline of all of them. */
int record_runs(struct record_settings *set, const struct operands *rest, struct err *err);

#endif
