#ifndef COWTOP_TUI_FORMAT_H
#define COWTOP_TUI_FORMAT_H

/*
 * Figures as the screen shows them, beside those of base/units.h: rounded as in the plain table, a
 * dash for what is not known. All write into `out` and return it.
 */
#include "model/snapshot.h"

/* Hundredths with one decimal, no sign: "18.1". */
char *format_percent(char out[static 32], figure ratio);
char *format_marked_percent(char out[static 32], struct measure ratio);
/* units_format_count() into the larger room. */
char *format_count(char out[static 32], figure count);
/* "0.97" "-0.31": two decimals. */
char *format_hundredths(char out[static 32], figure value);
/* "700,10,10". */
char *format_thresholds(char out[static 32], const fact thresholds[static GC_GENERATIONS]);
/* "on 700,10,10 frozen", "off": settings of a collector; facts that are ABSENT are left out;
 * "not readable" without any, and of a runtime that is not looked into "ruby: no counters". */
char *format_gc(char out[static 64], enum runtime runtime, fact enabled,
		const fact thresholds[static GC_GENERATIONS], fact frozen);

/* The collector of a process, the one of its main interpreter; NULL when none could be read. */
const struct gc_state *gc_state_of(const struct proc_snapshot *p);

#endif
