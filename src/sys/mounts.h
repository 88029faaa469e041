#ifndef COWTOP_SYS_MOUNTS_H
#define COWTOP_SYS_MOUNTS_H

/*
 * What kind of file system a process has something on, by what the kernel holds of its mounts (mountinfo): the file
 * system itself is not asked, whose server may have stopped to answer.
 */
#include "sys/proc.h"

enum mounts_kind {
	MOUNTS_LOCAL, /* memory, or a disk of this machine */
	MOUNTS_FAR, /* another machine's, layers of others, or not known: it may not answer (sys/patience.h) */
	MOUNTS_FUSE, /* its answers come from a program of some user, who may keep whoever asks waiting */
};

enum mounts_kind mounts_kind(const struct procfs *fs, pid_t pid, unsigned int dev_major,
			     unsigned int dev_minor);
/* Of a folder just below the process's root, and of the root, the worse; *ret_system: the device that is asked last. */
enum mounts_kind mounts_below_root(const struct procfs *fs, pid_t pid, const char *folder, dev_t *ret_system);

#endif
