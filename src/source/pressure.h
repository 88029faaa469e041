#ifndef COWTOP_SOURCE_PRESSURE_H
#define COWTOP_SOURCE_PRESSURE_H

/*
 * How short of memory the host is, and the cgroup that the pool sits in: /proc/pressure/memory
 * (Linux 4.20 with PSI) and memory.max, memory.current of the master's cgroup (v2). What is not
 * there stays ABSENT.
 */
#include "model/sample.h"
#include "sys/proc.h"

void pressure_read(const struct procfs *fs, pid_t master, struct host_sample *ret);

#endif
