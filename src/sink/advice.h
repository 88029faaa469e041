#ifndef COWTOP_SINK_ADVICE_H
#define COWTOP_SINK_ADVICE_H

/*
 * What would help a pool, and what would not (model/why_advice.h) -> text, and the member "advice" of a JSON document
 * (cowtop-why(1)).
 */
#include "model/why.h"
#include "sink/json_build.h"

void json_advice(cJSON *to, const struct why *w);
void text_advice(struct buf *out, const struct why *w, size_t columns);

#endif
