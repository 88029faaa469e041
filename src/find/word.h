#ifndef COWTOP_FIND_WORD_H
#define COWTOP_FIND_WORD_H

/*
 * What the user typed as TARGET, in the order in which it is looked for:
 *
 *	digits, fewer than 12      a pid
 *	NAME://ID                  a container (bycgroup.h)
 *	with a '/'                 a regular file: a pid file (pidfile.h); else the path of a cgroup
 *	a file that holds a number a pid file
 *	what a pool goes by        its name (byname.h)
 *	WORD, or WORD.service      a unit of systemd, where no pool goes by that name
 *	12 to 64 hex digits        a container, where no pool goes by that name; where one does, the user is asked
 */
#include "find/proctree.h"

/* Is it the number of a process, and so of no other one ever? */
bool word_is_pid(const char *text);

/* A process of the pool that it means, or a process that is in none. `note` is filled when it had to be interpreted.
 * The errors are those of the modules named above. */
int word_find(const struct procfs *fs, const struct proctree *f, const char *text, struct tree_node **ret,
	      struct buf *note, struct err *err);

#endif
