#ifndef COWTOP_FIND_NAMES_H
#define COWTOP_FIND_NAMES_H

/*
 * Does a process go by this name? People type what they started ("gunicorn", "celery", "app.py"),
 * servers call themselves something else: titles ("resque-2.0.0: Forked 12", "(wsgi:shop) -k start"),
 * interpreters in front of a script, versions in the program's file name. Pure.
 */
#include <stdbool.h>
#include <stddef.h>

enum name_match {
	NAME_OTHER,
	NAME_ALMOST, /* but for upper and lower case, or what follows a '-', '_', '.' or '+':
	              * "unicorn" for unicorn_rails, "redis" for redis-server, "passenger" for Passenger */
	NAME_EXACT,  /* but for a version: php-fpm8.2, resque-2.0.0 */
};

/* What a process calls itself; all foreign bytes. */
struct proc_names {
	const char *comm;    /* stat (2) */
	const char *exe;     /* what /proc/PID/exe names, or NULL */
	const char *cmdline; /* as in /proc/PID/cmdline: arguments separated by NULs */
	size_t cmdline_len;
};

enum name_match name_match(const char *name, const struct proc_names *p);
/* Is the program at this path a shell? NULL is none. */
bool name_is_shell(const char *exe);

#endif
