#ifndef COWTOP_RUNTIME_GC_SETTINGS_H
#define COWTOP_RUNTIME_GC_SETTINGS_H

/*
 * Settings of runtimes and allocators that a process was started with. Only names that are listed in
 * gc_settings.c are taken: an environment holds secrets.
 */
#include "base/buf.h"
#include "model/gc.h"

#define GC_SETTINGS_MAX 32

struct gc_settings {
	struct gc_setting *items; /* GC_SETTINGS_MAX at the most */
	size_t n, cap;
};

void gc_settings_copy(struct gc_settings *to, const struct gc_settings *from); /* `to` is overwritten */
void gc_settings_release(struct gc_settings *s);

/* From NAME=VALUE texts that end in NULs, as in /proc/PID/environ. */
void gc_settings_environ(const char *text, size_t len, struct gc_settings *ret);
/* From a command line with blanks between its arguments, for this runtime. */
void gc_settings_cmdline(enum runtime runtime, const char *cmdline, struct gc_settings *ret);
/* One more, unless it is there or there is no room; both are cut to fit. */
void gc_settings_add(struct gc_settings *s, const char *name, size_t name_len, const char *value,
		     size_t value_len);

#endif
