#ifndef COWTOP_SINK_GZIP_H
#define COWTOP_SINK_GZIP_H

/* zlib behind its one door. */
#include <stdbool.h>
#include "base/buf.h"

/* Appends `in` as one gzip member, without a name or a time; false: no memory, or `out` is full. */
bool gzip_add(struct buf *out, const struct buf *in);

#endif
