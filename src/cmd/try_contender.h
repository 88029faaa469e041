#ifndef COWTOP_CMD_TRY_CONTENDER_H
#define COWTOP_CMD_TRY_CONTENDER_H

/*
 * Who takes part in a trial: the command as it is, and with each variant; made ready before the first run, so that what
 * cannot be had is said at once.
 */
#include "base/buf.h"
#include "model/trial.h"
#include "trial/setup.h"

struct contender {
	struct variant *variant; /* NULL: the command as it is */
	struct setup setup;
	char *name;      /* as it was typed; "baseline" */
	char *file;      /* the same for files and lines of progress */
	int64_t through; /* runs that went through: 1 to this one */
	enum trial_applied applied;
	struct buf evidence;
	char *error; /* why there are no more; NULL */
	/* Told when all are over. */
	struct story *stories;
	const struct story **borrowed;
	size_t told;
};

struct contenders {
	struct contender *items; /* the first is the baseline */
	size_t n, cap;
};

/* `with`: what --with was given, n times; "all" is several. */
int contenders_make(struct contenders *c, char *const command[], const char *const *with, size_t n,
		    struct err *err);
void contenders_release(struct contenders *c);

/* What was seen of it in one more run. */
void contender_saw(struct contender *c, enum trial_applied applied, const struct buf *evidence);
/* Has every variant failed? */
bool contenders_failed(const struct contenders *c);

#endif
