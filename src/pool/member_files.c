#include "pool/member_files.h"

#include <errno.h>
#include <unistd.h>
#include "sys/file_limit.h"

static int open_or_kept(struct member_proc *m, const struct procfs *fs, const char *name, int *kept)
{
	int fd = *kept;

	if (fd >= 0)
		return fd;
	fd = procfs_file(fs, m->pid, name);
	if (fd >= 0 && file_limit_may_keep(fd))
		*kept = fd;
	return procfs_is_gone(fs, m->pid, fd) ? -ESRCH : fd;
}

int member_pagemap(struct member_proc *m, const struct procfs *fs)
{
	return open_or_kept(m, fs, "pagemap", &m->pagemap);
}

int member_mem(struct member_proc *m, const struct procfs *fs)
{
	return open_or_kept(m, fs, "mem", &m->mem);
}

void member_done(const struct member_proc *m, int fd)
{
	if (fd >= 0 && fd != m->pagemap && fd != m->mem)
		close(fd);
}
