#ifndef COWTOP_SINK_WHEN_H
#define COWTOP_SINK_WHEN_H

/*
 * Instants as programs read them: UTC, ISO 8601, "2026-11-21T09:00:00.123Z".
 */
#include <stdint.h>

/* Nanoseconds since the epoch into `out`, with milliseconds; returned. */
char *when_ms(char out[static 32], int64_t ns);
/* The same without them. */
char *when_s(char out[static 32], int64_t ns);

#endif
