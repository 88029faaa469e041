#ifndef COWTOP_SINK_JSON_STACKS_H
#define COWTOP_SINK_JSON_STACKS_H

/* A document cowtop.stacks/1 inside another one. Private to the json files of this layer. */
#include "model/stack_report.h"
#include "sink/json_build.h"

/* Into an empty object, with the `top` stacks; 0: all. */
void json_add_stacks(cJSON *root, const struct stack_report *r, size_t top);

#endif
