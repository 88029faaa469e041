#ifndef COWTOP_SINK_KINDS_H
#define COWTOP_SINK_KINDS_H

/* Kinds of objects and modules on copied pages -> members of a JSON document, and short tables (cowtop-why(1)). */
#include <cjson/cJSON.h>
#include "base/buf.h"
#include "model/kinds.h"

/* `objects`, `types` and `modules`; NULL: nobody has looked. */
void json_kinds(cJSON *to, const struct kinds *k);
/* What costs most in copied pages; nothing where there are no kinds. */
void text_kinds(struct buf *out, const struct kinds *k, size_t columns);

#endif
