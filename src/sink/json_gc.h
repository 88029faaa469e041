#ifndef COWTOP_SINK_JSON_GC_H
#define COWTOP_SINK_JSON_GC_H

/*
 * What is known of collectors, as JSON. Private to the json_*.c files.
 */
#include "sink/json_build.h"

/* "gc" of a process: null without a runtime; what is not known of it is null. */
void json_gc(cJSON *process, const struct sample *s, const struct proc_sample *p);
/* "start", "duration_s" and "candidates" of an event: null where they are not known. */
void json_event_full(cJSON *event, const struct event_full *full);
/* "gc_groups" and "findings" of the pool. */
void json_gc_groups(cJSON *pool, const struct snapshot *s);
void json_findings(cJSON *pool, const struct snapshot *s);
/* The label of a finding's value and its bounds, which an estimate has not. */
void json_finding_label(cJSON *to, const struct finding *f);

#endif
