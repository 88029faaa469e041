#ifndef COWTOP_SOURCE_NAMES_H
#define COWTOP_SOURCE_NAMES_H

/*
 * Does a process go by this name? People type what they started ("gunicorn", "celery", "app.py"),
 * servers call themselves something else: titles, interpreters in front of a script, versions in the
 * program's file name. Pure.
 */
#include <stdbool.h>
#include <stddef.h>

/* What a process calls itself; all foreign bytes. */
struct proc_names {
	const char *comm;    /* stat (2) */
	const char *exe;     /* what /proc/PID/exe names, or NULL */
	const char *cmdline; /* as in /proc/PID/cmdline: arguments separated by NULs */
	size_t cmdline_len;
};

bool name_matches(const char *name, const struct proc_names *p);

#endif
