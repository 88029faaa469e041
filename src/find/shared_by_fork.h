#ifndef COWTOP_FIND_SHARED_BY_FORK_H
#define COWTOP_FIND_SHARED_BY_FORK_H

/*
 * Do two processes share memory as only fork makes them: a page of anonymous memory, at one address, in
 * one frame? Pages that KSM has merged prove nothing, nor do zero pages and files.
 */
#include "sys/proc.h"

/* 1; 0: none of those that were looked at (of each mapping the first 1024 pages, 65536 in all); -1: this user
 * may not see frames, a process is gone, or nothing tells whether KSM has merged what they share. */
int shared_by_fork(const struct procfs *fs, pid_t a, pid_t b);

#endif
