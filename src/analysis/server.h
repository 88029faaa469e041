#ifndef COWTOP_ANALYSIS_SERVER_H
#define COWTOP_ANALYSIS_SERVER_H

/*
 * What a pool's server calls things, by the name that its master gives itself: advice is worth most in
 * words that can be looked up in that server's manual.
 */
#include "model/region.h"
#include "model/snapshot.h"

struct server {
	const char *name;    /* of the program or title, as command_of() says it */
	const char *preload; /* how the application is loaded before the fork; NULL: there is none to load */
	const char *said;    /* in the command line: it is loaded before; NULL: nothing says it */
	const char *freeze;  /* how a CPython's objects are frozen there; NULL: in general words */
	/* Lines to write for other advice; NULL: in general words. */
	const char *load;    /* where what each worker loads is loaded before the fork; NULL: `preload` */
	const char *collect; /* a CPython's collection before the fork */
	const char *off;     /* its collector off in the workers */
	const char *warm;    /* a request before the fork */
	const char *recycle; /* workers end at an age */
	const char *compact; /* Ruby's objects grow old, and are moved together, before the fork */
};

/* Never NULL: what is not known has general words. */
const struct server *server_of(const struct snapshot *snap);

/* The same; CPython's own pools, which have no name, are known by what the master has loaded and how many threads it has.
 * `space`: of the master, or NULL. */
const struct server *server_within(const struct snapshot *snap, const struct address_space *space);

/* How its objects are frozen before the fork, or first thing behind it where it forks without Python. Never NULL. */
const char *server_freeze(const struct server *server);

/* Lines for the rest, never NULL. */
const char *server_load(const struct server *server);
const char *server_collect(const struct server *server);
const char *server_off(const struct server *server);
const char *server_warm(const struct server *server);
const char *server_recycle(const struct server *server);
const char *server_compact(const struct server *server, bool warmup); /* `warmup`: Ruby 3.3 or later */

/* Does the master's command line say that it loads the application before it forks? */
bool server_preloads(const struct server *server, const struct snapshot *snap);

#endif
