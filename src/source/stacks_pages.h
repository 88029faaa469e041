#ifndef COWTOP_SOURCE_STACKS_PAGES_H
#define COWTOP_SOURCE_STACKS_PAGES_H

/*
 * What a process's pages were before a fault, for events that do not tell what the fault did: the
 * pagemap of a moment ago, kept current by the faults themselves and by forks. Works without any
 * privilege on one's own processes. Wrong where sharers came or went between reading and fault.
 */
#include "model/stacks.h"
#include "sys/proc.h"

struct stack_pages;

struct stack_pages *stack_pages_new(void);
/* For a child: what both had written is shared now, in `parent` as well. NULL makes an empty one. */
struct stack_pages *stack_pages_fork(struct stack_pages *parent);
void stack_pages_free(struct stack_pages *p); /* NULL is fine */

/*
 * Read the pagemap. Faults from before `until_ns`, the time at the end of the reading, which are
 * told later, are judged by what was known before it. 0 or -errno.
 */
int stack_pages_read(struct stack_pages *p, const struct procfs *fs, pid_t pid,
		     int64_t (*clock_ns)(void));
/* A minor fault at `address`. Nothing known (NULL, never read): PAGE_UNDECIDED. */
enum page_event stack_pages_fault(struct stack_pages *p, uint64_t address, int64_t time_ns);

#endif
