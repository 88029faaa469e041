#ifndef COWTOP_ANALYSIS_SERVER_H
#define COWTOP_ANALYSIS_SERVER_H

/*
 * What a pool's server calls things, by the name that its master gives itself: advice is worth most in
 * words that can be looked up in that server's manual.
 */
#include "model/snapshot.h"

struct server {
	const char *name;    /* of the program or title, as command_of() says it */
	const char *preload; /* how the application is loaded before the fork; NULL: there is none to load */
	const char *said;    /* in the command line: it is loaded before; NULL: nothing says it */
	const char *freeze;  /* how a CPython's objects are frozen there; NULL: in general words */
};

/* Never NULL: what is not known has general words. */
const struct server *server_of(const struct snapshot *snap);

/* How its objects are frozen before the fork, or first thing behind it where it forks without Python. Never NULL. */
const char *server_freeze(const struct server *server);

/* Does the master's command line say that it loads the application before it forks? */
bool server_preloads(const struct server *server, const struct snapshot *snap);

#endif
