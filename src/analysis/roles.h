#ifndef COWTOP_ANALYSIS_ROLES_H
#define COWTOP_ANALYSIS_ROLES_H

/*
 * Master, worker or helper. A process forked from the master's image is a worker unless its own
 * title names it as something else (PostgreSQL's checkpointer, celery beat, uWSGI's spooler with
 * auto-procname): the table in roles.c. Nothing is guessed from names otherwise: a forked child that
 * nothing tells from an idle worker is a worker. An exec'ed descendant is a helper.
 */
#include "model/snapshot.h"

/* Who was forked from whom, once all have a role. */
void arbiters_of(struct snapshot *snap);
enum role role_of(const struct proc_sample *p, pid_t master_pid);

#endif
