#ifndef COWTOP_POOL_LIVE_KINDS_H
#define COWTOP_POOL_LIVE_KINDS_H

/*
 * Kinds of objects in the process that a pool of CPython was forked from, and on whose copied and shared pages they lie:
 * beside the last sample, for those who ask why its pages were copied. The master's memory is read once more, of the
 * workers what that sample's walk knows.
 */
#include "heap/kinds.h"
#include "pool/live.h"

struct live_kinds_how {
	const pid_t *workers; /* means are of those that were walked */
	size_t n;
	bool (*go_on)(void *data); /* as in heap/kinds.h; NULL: always */
	void *data;
};

/* `ret` is zeroed or released before; `ret->why` says why there are none. */
void live_kinds(struct live *l, const struct live_kinds_how *how, struct kinds *ret);

#endif
