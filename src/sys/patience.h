#ifndef COWTOP_SYS_PATIENCE_H
#define COWTOP_SYS_PATIENCE_H

/*
 * Files of file systems that may not answer: of a server elsewhere, or of layers of which nothing is known here. What
 * is asked of one is asked in a thread of its own, and waited for for a second; a file system that was late once is not
 * asked again. The thread that is late stays behind, and what it brings in the end is dropped: the process ends
 * without it. Any thread may call.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "model/sample.h"

struct patience_work {
	void (*work)(void *job);
	void (*drop)(void *job); /* frees the job, and what came of it, where nobody waits any more */
};

/*
 * Ask this file system (its device); `name` of a file says what was late, if it is. The job is the heap's, and shares
 * nothing with the caller. True: it is done and the caller's again. False: it is not, because it is late or the
 * file system was before: the job is gone.
 */
bool patience_do(dev_t system, const char *name, const struct patience_work *how, void *job);

/* Reads from this descriptor go that way from now on; patience_close() closes it. */
void patience_keep(int fd, dev_t system, const char *name);
/* io_read_all_at(), -ETIMEDOUT where it is late; of any descriptor, most of which are read at once. */
ssize_t patience_read_at(int fd, void *to, size_t len, uint64_t at);
/* May it keep whoever asks waiting? */
bool patience_needed(int fd);
void patience_close(int fd);

/* The i-th file that was late, by its name, one of each file system: a gap with ETIMEDOUT. False: there are not so many. */
bool patience_late(size_t i, struct gap *ret);

#endif
