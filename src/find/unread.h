#ifndef COWTOP_FIND_UNREAD_H
#define COWTOP_FIND_UNREAD_H

/*
 * Somebody is there whose stat cannot be read, for want of descriptors or memory: is that one of a pool? What cannot
 * be read of others is no reason to say nothing of this pool. Who was refused to this user is a gap of the pool's
 * sample (pool/gather.h).
 */
#include "base/err.h"
#include "find/proctree.h"

/* A child of somebody of the pool that `master` is the master of, or that comes to be one. -1: `err` tells. */
int unread_of_pool(const struct proctree *f, struct tree_node *master, struct err *err);
/* The same of any pool of the machine, or the parent of somebody. */
int unread_of_pools(const struct proctree *f, struct err *err);
/* Anybody: for who has found nothing, and would say that it is not there. */
int unread_any(const struct proctree *f, struct err *err);

#endif
