#ifndef COWTOP_FIND_BYPID_H
#define COWTOP_FIND_BYPID_H

#include "find/proctree.h"

/*
 * The process of this number. Why it cannot be looked at: STATUS_NO_TARGET when there is none, it is a thread or has
 * ended, STATUS_NOT_A_POOL when it is the kernel's, STATUS_DENIED when it is hidden from this user.
 */
int bypid_find(const struct procfs *fs, const struct proctree *f, pid_t pid, struct tree_node **ret,
	       struct err *err);

#endif
