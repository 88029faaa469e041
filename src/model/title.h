#ifndef COWTOP_MODEL_TITLE_H
#define COWTOP_MODEL_TITLE_H

/*
 * Where the processes of a pool differ in what they call themselves. A narrow column has room for that, and not for
 * what is the same in each of them, or says again what pool it is:
 *
 *	gunicorn: worker [app]				worker [app]
 *	puma: cluster worker 0: 123 [app]		worker 0: 123 [app]
 *	postgres: 15/main: checkpointer			checkpointer
 *	[celeryd: celery@host:ForkPoolWorker-3]		ForkPoolWorker-3
 *	uWSGI worker 2					worker 2
 *	/usr/bin/python3 -u /srv/app.py 8000		app.py 8000	(where all are the same)
 *
 * What the workers have in common is left out of all of them, up to a word, and but for the word before the one in
 * which they differ: "worker 2", not "2". Pure; nothing is cut inside a character.
 */
#include "model/snapshot.h"

/* What is left out, of all processes of a snapshot. */
struct titles {
	const char *common; /* borrowed from the snapshot */
	size_t len;         /* bytes of it */
	const char *pool;   /* what the pool is called */
};

/* Foreign bytes, borrowed. */
struct title {
	const char *at;
	size_t len;
};

/* The command line, or the name of a process without one: foreign, never NULL. */
const char *title_whole(const struct proc_sample *p);

/* Holds as long as the snapshot. */
void titles_of(const struct snapshot *s, struct titles *ret);
/* The part of title_whole() that is shown; all of it of a process that was exec'ed. Never empty unless that is. */
struct title title_of(const struct titles *t, const struct proc_sample *p);

/* How many columns they get before figures that matter less, where there are so many in all. */
size_t title_room(size_t columns);

#endif
