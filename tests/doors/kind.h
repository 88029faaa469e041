#ifndef TESTS_DOORS_KIND_H
#define TESTS_DOORS_KIND_H

/*
 * What a call is about, without what is another one at the next run: "/proc/PID/stat", "perf_event", "recording".
 */
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include "calls.h"

#define KIND_ROOM 256

/* Files below `prefix` are of the kind `name`, from now on; what was said first counts. */
void kind_add(const char *name, const char *prefix);
/*
 * The kind of file that a thread of process `self` names in a call, and in `ret_pid` the process whose it is (0: none).
 * Into `kind`: "" where the call is about no file.
 */
void kind_of_call(pid_t self, pid_t thread, const struct call *call, const uint64_t *arguments, char *kind,
		  pid_t *ret_pid);
/* The kind of an open descriptor. */
void kind_of_fd(pid_t self, pid_t thread, int fd, char *kind, pid_t *ret_pid);

#endif
