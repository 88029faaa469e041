#ifndef COWTOP_SINK_JSON_GC_H
#define COWTOP_SINK_JSON_GC_H

/*
 * What is known of collectors, as JSON. Private to the json_*.c files.
 */
#include "sink/json_build.h"

/* "gc" of a process: null without a runtime; what is not known of it is null. */
void json_gc(cJSON *process, const struct gc_facts *g);
/* "gc_groups" and "findings" of the pool. */
void json_gc_groups(cJSON *pool, const struct snapshot *s);
void json_findings(cJSON *pool, const struct snapshot *s);
/* The label of a finding's value and its bounds, which an estimate has not. */
void json_finding_label(cJSON *to, const struct finding *f);

#endif
