#ifndef COWTOP_FIND_BYNAME_H
#define COWTOP_FIND_BYNAME_H

/*
 * The pool that a name means.
 *
 * All pools in which a process goes by the name are candidates, wherever they hang in the tree: below
 * uWSGI's Emperor, or below the gunicorn that they are about to replace. Who only goes almost by it
 * (find/names.h) is one when nobody goes exactly by it, and below somebody who does. Which of several is meant
 * says find/found.h.
 */
#include "find/proctree.h"

/*
 * A process of the one pool, or the only process of that name, which is none; `note` is filled when
 * others of the name were passed. STATUS_USAGE with a list when there are several pools;
 * STATUS_NO_TARGET, STATUS_NOT_A_POOL and STATUS_DENIED say what was found instead.
 */
int byname_find(const struct procfs *fs, const struct proctree *f, const char *name, struct tree_node **ret,
		struct buf *note, struct err *err);

#endif
