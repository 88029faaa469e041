#ifndef COWTOP_CODEC_SPACE_H
#define COWTOP_CODEC_SPACE_H

/* The address space of a process as bytes: its mappings, and its pages as stretches of one class. */
#include "codec/bytes.h"
#include "model/region.h"

#define SPACE_REGIONS_MAX 262144
#define SPACE_NAME_MAX 4096

/* Appends. */
void space_put(const struct address_space *a, struct buf *out);
/* false: damaged; `ret` is then empty. */
bool space_take(const void *bytes, size_t len, struct address_space *ret);

#endif
