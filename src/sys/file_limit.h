#ifndef COWTOP_SYS_FILE_LIMIT_H
#define COWTOP_SYS_FILE_LIMIT_H

/*
 * How many files this process may have open (RLIMIT_NOFILE): a pool costs some for each process, a watch some for
 * each thread. Descriptors are given out from below, so the number of one says how many there are.
 */
#include <stdbool.h>

/* As many as whoever has set the hard limit allows (setrlimit(2)). Who is started later has the same limit. */
void file_limit_raise(void);
/* May this one stay open for later, when it could be opened anew as well? Half of all are for others. */
bool file_limit_may_keep(int fd);
/* Are enough left behind this one for what is opened for a moment: folders, a process table, files of programs? */
bool file_limit_leaves_enough(int fd);

#endif
