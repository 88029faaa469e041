#ifndef COWTOP_SINK_JSON_KINDS_H
#define COWTOP_SINK_JSON_KINDS_H

/* Kinds of objects and modules on copied pages -> members of a JSON document (cowtop-why(1)). */
#include "model/kinds.h"
#include "sink/json_build.h"

/* Three members: the sums, the kinds, the modules. NULL: nobody has looked. */
void json_kinds(cJSON *to, const struct kinds *k);

#endif
