#ifndef COWTOP_CMD_TRY_ROUNDS_H
#define COWTOP_CMD_TRY_ROUNDS_H

/*
 * The runs of a trial in turn, A B C A B C, so that a machine that becomes slower does so for all of them.
 */
#include "cmd/try_run.h"

struct try_rounds {
	const struct common_settings *common;
	const struct try_files *files;
	const char *asked; /* the command in a line */
	int64_t requests;
	bool stacks;  /* in the recordings too */
	int64_t runs; /* of each */
};

/*
 * -1 when the baseline failed, a port is left in use, or somebody asked to stop. A variant that fails has its error and
 * takes part no longer; with the last one of them the rounds end.
 */
int try_rounds(const struct try_rounds *how, struct contenders *c, struct err *err);

/* What was recorded becomes a trial, which borrows the stories of `c`. */
int try_judge(const struct try_rounds *how, struct contenders *c, struct trial *ret, struct err *err);

#endif
