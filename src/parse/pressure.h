#ifndef COWTOP_PARSE_PRESSURE_H
#define COWTOP_PARSE_PRESSURE_H

/*
 * /proc/pressure/memory (Documentation/accounting/psi.rst), /proc/PID/cgroup (cgroups(7)) and the
 * one-number files of cgroups.
 */
#include <stddef.h>
#include "model/fact.h"

/* "some avg10=0.12 avg60=... total=N" and the line of "full": avg10 in hundredths of a percent.
 * A line that is not there leaves its fact ABSENT. */
void parse_pressure(const char *text, size_t len, fact *ret_some, fact *ret_full);

/* The path of the unified hierarchy, the line "0::/PATH": a slice of the text. False: none, or one with ".." in it,
 * which is outside what this cgroup namespace shows (cgroup_namespaces(7)), and may be in a name by intent. */
bool parse_cgroup(const char *text, size_t len, const char **ret_path, size_t *ret_len);

/* The path in version 1's hierarchy of the memory controller, the line "N:memory:/PATH" or
 * "N:cpu,memory:/PATH": likewise. */
bool parse_cgroup_memory(const char *text, size_t len, const char **ret_path, size_t *ret_len);

/* A number and a newline. "max", and what version 1 has for no limit (PAGE_COUNTER_MAX pages,
 * include/linux/page_counter.h: above 2^62): ABSENT. */
fact parse_cgroup_number(const char *text, size_t len);

#endif
