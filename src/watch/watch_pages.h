#ifndef COWTOP_WATCH_WATCH_PAGES_H
#define COWTOP_WATCH_WATCH_PAGES_H

/*
 * What a process's pages were before a fault, for events that do not tell what the fault did: the
 * pagemap of a moment ago, kept current by the faults themselves and by forks. Works without any
 * privilege on one's own processes. Wrong where sharers came or went between reading and fault.
 */
#include "model/stacks.h"
#include "sys/proc.h"

struct watch_pages;

/* For a child: what both had written is shared now, in `parent` as well. NULL makes an empty one. */
struct watch_pages *watch_pages_fork(struct watch_pages *parent);
void watch_pages_free(struct watch_pages *p); /* NULL is fine */

/*
 * Read the pagemap. Faults from before the end of the reading (by clock_now(), as the events tell it) that are
 * told later are judged by what was known before it. 0 or -errno.
 */
int watch_pages_read(struct watch_pages *p, const struct procfs *fs, pid_t pid);
/* A minor fault at `address`. Nothing known (NULL, never read): PAGE_EVENT_UNDECIDED. */
enum page_event watch_pages_fault(struct watch_pages *p, uint64_t address, int64_t time_ns);

#endif
