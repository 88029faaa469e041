#ifndef COWTOP_FIND_PIDFILE_H
#define COWTOP_FIND_PIDFILE_H

/*
 * From a pid file to the process it means. A file written inside a container holds the inner pid,
 * which outside is another process or none.
 */
#include "find/proctree.h"

/* Is `text` a file that begins with a number? */
bool pidfile_is(const char *text);

/*
 * The process that `path` means. `note` is filled when the number had to be translated.
 * STATUS_DENIED: the file cannot be read; STATUS_NO_TARGET: there is none, it holds no pid, or no
 * process here fits.
 */
int pidfile_find(const struct procfs *fs, const struct proctree *f, const char *path, struct tree_node **ret,
		 struct buf *note, struct err *err);

#endif
