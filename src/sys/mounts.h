#ifndef COWTOP_SYS_MOUNTS_H
#define COWTOP_SYS_MOUNTS_H

/*
 * What kind of file system a process has something on, by what the kernel holds of its mounts (mountinfo): the file
 * system itself is not asked, whose server may have stopped to answer.
 */
#include "sys/proc.h"

/* Is it one whose answers come from a program of some user (FUSE)? False as well when it is not known. */
bool mounts_is_fuse(const struct procfs *fs, pid_t pid, unsigned int dev_major, unsigned int dev_minor);

#endif
