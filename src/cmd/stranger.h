#ifndef COWTOP_CMD_STRANGER_H
#define COWTOP_CMD_STRANGER_H

#include "base/err.h"

/*
 * STATUS_DENIED when a link, a pipe or a device stands at `path` that somebody else may have put there: in a folder to
 * which everybody may write (sticky, as /tmp), neither ours nor that of the folder's owner. What is written through it
 * would go where that one wants it. The rule is that of fs.protected_symlinks and fs.protected_fifos (proc_sys_fs(5)), which not
 * every system has switched on. No link on the way to the folder is looked at.
 */
int stranger_check(const char *path, struct err *err);

#endif
