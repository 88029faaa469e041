#ifndef COWTOP_SINK_JSON_WHY_PARTS_H
#define COWTOP_SINK_JSON_WHY_PARTS_H

/* Why pages were copied, as members of other documents: "why" of a pool and of a report. Private to the json_*.c files. */
#include "model/snapshot.h"
#include "sink/json_build.h"

/* {"bytes", "low", "high"}; null when none of them is known. */
void json_why_amount(cJSON *to, const char *key, struct why_amount a, double page_size);
/* "causes": an amount for each. */
void json_why_causes(cJSON *to, const struct why_amount causes[WHY_CAUSES], double page_size);
/* "advice": a list of what would help, and what would not (cowtop-why(1)). */
void json_advice(cJSON *to, const struct why *w);
/* All that is of the pool: basis, reason, the rows of model/why_field.h with "bounds", "causes", each worker. */
void json_why_members(cJSON *to, const struct why *w);

#endif
