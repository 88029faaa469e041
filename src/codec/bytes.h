#ifndef COWTOP_CODEC_BYTES_H
#define COWTOP_CODEC_BYTES_H

/*
 * Numbers as bytes. Fixed ones are little endian. A varint is seven bits a byte, the lowest first,
 * the top bit set in all but the last; a signed one is folded first: 0 -1 1 -2 2 become 0 1 2 3 4.
 *
 * Taking from bytes that are used up or wrong gives 0 and makes the intake `bad`, for good: check it
 * once, behind the last take. A section is a tag, a length and so many bytes; who does not know the
 * tag steps over it.
 */
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"

struct intake {
	const uint8_t *at, *end;
	bool bad;
};

/* `bytes` may be NULL when there are none. */
static inline struct intake intake_of(const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	if (!at)
		return (struct intake){ (const uint8_t *)"", (const uint8_t *)"", false };
	return (struct intake){ at, at + len, false };
}

static inline size_t intake_left(const struct intake *in)
{
	return (size_t)(in->end - in->at);
}

static inline uint64_t fold(int64_t v)
{
	return (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
}

static inline int64_t unfold(uint64_t v)
{
	return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}

void put_fixed(struct buf *b, uint64_t v, unsigned int size); /* size: 1 to 8 bytes */
void put_varint(struct buf *b, uint64_t v);
void put_signed(struct buf *b, int64_t v);
void put_string(struct buf *b, const char *s); /* its length, then its bytes */
void put_section(struct buf *b, unsigned int tag, const struct buf *body);

uint64_t take_fixed(struct intake *in, unsigned int size);
uint64_t take_long_varint(struct intake *in);

/* At most ten bytes; more than 64 bits is bad. Most have one byte, and then two. */
static inline uint64_t take_varint(struct intake *in)
{
	const uint8_t *at = in->at;

	if (in->end - at >= 2) {
		if (at[0] < 0x80) {
			in->at = at + 1;
			return at[0];
		}
		if (at[1] < 0x80) {
			in->at = at + 2;
			return (uint64_t)at[1] << 7 | (at[0] & 0x7f);
		}
	}
	return take_long_varint(in);
}

static inline int64_t take_signed(struct intake *in)
{
	return unfold(take_varint(in));
}

/* A count of things that take at least `least` bytes each; bad when there can not be so many. */
size_t take_count(struct intake *in, size_t least, size_t most);
/* As many bytes as the length in front says, no NUL among them. They stay where they are. */
const char *take_string(struct intake *in, size_t *ret_len);
/* The same into an array of `size` bytes, with its NUL; longer is bad. */
void take_text(struct intake *in, char *to, size_t size);
/* The next section: false at the end, or when it is bad. */
bool take_section(struct intake *in, uint64_t *ret_tag, struct intake *ret_body);

#endif
