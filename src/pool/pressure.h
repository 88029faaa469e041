#ifndef COWTOP_POOL_PRESSURE_H
#define COWTOP_POOL_PRESSURE_H

/*
 * How short of memory the host is, and the cgroup that the pool sits in: /proc/pressure/memory
 * (Linux 4.20 with PSI), and limit and use of that cgroup of the master's, or of an ancestor of it (a
 * slice, a pod), which is nearest to its limit: memory.max and memory.current of version 2,
 * memory.limit_in_bytes and memory.usage_in_bytes of version 1. What is not there stays ABSENT.
 */
#include "model/sample.h"
#include "sys/proc.h"

void pressure_read(const struct procfs *fs, pid_t master, struct host_sample *ret);

#endif
