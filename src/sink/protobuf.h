#ifndef COWTOP_SINK_PROTOBUF_H
#define COWTOP_SINK_PROTOBUF_H

/*
 * Protocol Buffers, the writing half, as far as a profile needs it: a message is its fields in any
 * order, one inside another is bytes with a length in front. A field that is 0 or empty is left out
 * in both cases, as proto3 does.
 */
#include <stdint.h>
#include "base/buf.h"

void pb_number(struct buf *out, unsigned int field, uint64_t value);
/* Bytes: a string, or a message of its own. */
void pb_bytes(struct buf *out, unsigned int field, const struct buf *value);
/* Also when it is empty: an element of a list. */
void pb_element(struct buf *out, unsigned int field, const char *bytes, size_t len);
/* A list of numbers. */
void pb_numbers(struct buf *out, unsigned int field, const uint64_t *values, size_t n);

#endif
