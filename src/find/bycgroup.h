#ifndef COWTOP_FIND_BYCGROUP_H
#define COWTOP_FIND_BYCGROUP_H

/*
 * The pool in a cgroup: that of a unit of systemd, of a container, or any by its path. What is in it says
 * /proc/PID/cgroup of every process (parse/cgroup.h); no daemon is asked, and nothing below /sys/fs/cgroup is read.
 */
#include "find/proctree.h"

enum cgroup_kind {
	CGROUP_PATH,      /* "/system.slice/web.service", "/sys/fs/cgroup/..." */
	CGROUP_UNIT,      /* "web.service", "web" for that */
	CGROUP_CONTAINER, /* "1f2e3d4c5b6a" or more of it, also with "containerd://" in front (kubectl describe) */
};

/* Is `text` the id of a container as Kubernetes prints it, "docker://ID"? Then that is `ret`. */
bool bycgroup_is_url(const char *text, const char **ret);

/*
 * A process of the one pool in it, or its only process, which is of none. STATUS_USAGE with a list when there are
 * several pools; STATUS_NO_TARGET: no process is in it; STATUS_NOT_A_POOL and STATUS_DENIED say what they are.
 */
int bycgroup_find(const struct procfs *fs, const struct proctree *f, enum cgroup_kind kind, const char *text,
		  struct tree_node **ret, struct buf *note, struct err *err);

/* What else is to be said where nobody was found: "", or that this cgroup namespace hides names. */
const char *bycgroup_limits(const struct procfs *fs);

#endif
