#ifndef COWTOP_SYS_CALLED_H
#define COWTOP_SYS_CALLED_H

/* What to call a process of which no sample is taken: command_whole() of model/command.h. */
#include "sys/proc.h"

/* Foreign bytes, to be freed; `comm`, its name in its stat, when its command line cannot be read. */
char *procfs_called(const struct procfs *fs, pid_t pid, const char *comm);

#endif
