#ifndef COWTOP_SYS_FILE_LIMIT_H
#define COWTOP_SYS_FILE_LIMIT_H

/* How many files this process may have open: a pool costs some for each process, a watch some for each thread. */

/* As many as whoever has set the hard limit allows (setrlimit(2)). Who is started later has the same limit. */
void file_limit_raise(void);

#endif
