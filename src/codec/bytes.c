#include "codec/bytes.h"

#include <string.h>

void put_fixed(struct buf *b, uint64_t v, unsigned int size)
{
	uint8_t bytes[8];
	unsigned int i;

	for (i = 0; i < size; i++)
		bytes[i] = (uint8_t)(v >> 8 * i);
	buf_add(b, bytes, size);
}

void put_varint(struct buf *b, uint64_t v)
{
	uint8_t bytes[10];
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		bytes[n++] = (uint8_t)(v | 0x80);
	bytes[n++] = (uint8_t)v;
	buf_add(b, bytes, n);
}

void put_signed(struct buf *b, int64_t v)
{
	put_varint(b, fold(v));
}

void put_string(struct buf *b, const char *s)
{
	size_t len = strlen(s);

	put_varint(b, len);
	buf_add(b, s, len);
}

void put_section(struct buf *b, unsigned int tag, const struct buf *body)
{
	put_varint(b, tag);
	put_varint(b, body->len);
	buf_add(b, body->data, body->len);
}

static uint64_t fail(struct intake *in)
{
	in->bad = true;
	in->at = in->end;
	return 0;
}

uint64_t take_fixed(struct intake *in, unsigned int size)
{
	uint64_t v = 0;
	unsigned int i;

	if (intake_left(in) < size)
		return fail(in);
	for (i = 0; i < size; i++)
		v |= (uint64_t)*in->at++ << 8 * i;
	return v;
}

uint64_t take_long_varint(struct intake *in)
{
	uint64_t v = 0;
	unsigned int shift;

	for (shift = 0; shift < 64 && in->at < in->end; shift += 7) {
		uint8_t byte = *in->at++;

		if (shift == 63 && byte > 1)
			return fail(in);
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return v;
	}
	return fail(in);
}

size_t take_count(struct intake *in, size_t least, size_t most)
{
	uint64_t n = take_varint(in);

	if (n > most || n > intake_left(in) / least)
		return fail(in);
	return n;
}

const char *take_string(struct intake *in, size_t *ret_len)
{
	size_t len = take_count(in, 1, SIZE_MAX);
	const char *s = (const char *)in->at;

	if (memchr(s, '\0', len))
		len = fail(in);
	else
		in->at += len;
	*ret_len = len;
	return s;
}

void take_text(struct intake *in, char *to, size_t size)
{
	size_t len;
	const char *s = take_string(in, &len);

	if (len >= size)
		len = fail(in);
	memcpy(to, s, len);
	to[len] = '\0';
}

bool take_section(struct intake *in, uint64_t *ret_tag, struct intake *ret_body)
{
	size_t len;

	if (in->at == in->end)
		return false;
	*ret_tag = take_varint(in);
	len = take_count(in, 1, SIZE_MAX);
	*ret_body = intake_of(in->at, len);
	in->at += len;
	return !in->bad;
}
