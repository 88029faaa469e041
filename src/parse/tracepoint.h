#ifndef COWTOP_PARSE_TRACEPOINT_H
#define COWTOP_PARSE_TRACEPOINT_H

/*
 * A tracepoint's format file (events/SYSTEM/NAME/format in tracefs; kernel/trace/trace_events.c,
 * f_show): "name:", "ID:", one "field:" line each, and "print fmt:", a C expression in which
 * __print_flags() lists the flags' values as constant expressions of this very kernel.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number that perf_event_attr.config takes. */
bool parse_tracepoint_id(const char *text, size_t len, uint64_t *ret);
/* Is there a field of this name? */
bool parse_tracepoint_field(const char *text, size_t len, const char *name);
/* The value of a flag, "__GFP_ZERO". False also when its expression cannot be worked out. */
bool parse_tracepoint_flag(const char *text, size_t len, const char *name, uint64_t *ret);

#endif
