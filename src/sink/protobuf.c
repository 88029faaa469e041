#include "sink/protobuf.h"

#include "base/cleanup.h"

enum { WIRE_VARINT = 0, WIRE_BYTES = 2 };

static void add_varint(struct buf *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_addc(out, (char)(v | 0x80));
	buf_addc(out, (char)v);
}

static void add_tag(struct buf *out, unsigned int field, unsigned int wire)
{
	add_varint(out, field << 3 | wire);
}

void pb_number(struct buf *out, unsigned int field, uint64_t value)
{
	if (!value)
		return;
	add_tag(out, field, WIRE_VARINT);
	add_varint(out, value);
}

void pb_element(struct buf *out, unsigned int field, const char *bytes, size_t len)
{
	add_tag(out, field, WIRE_BYTES);
	add_varint(out, len);
	buf_add(out, bytes, len);
}

void pb_bytes(struct buf *out, unsigned int field, const struct buf *value)
{
	if (value->len)
		pb_element(out, field, value->data, value->len);
}

void pb_numbers(struct buf *out, unsigned int field, const uint64_t *values, size_t n)
{
	cleanup(buf_release) struct buf list = { 0 };

	for (size_t i = 0; i < n; i++)
		add_varint(&list, values[i]);
	pb_bytes(out, field, &list);
}
