#include "codec/columns.h"

#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"

#define FACT_MOST (INT64_C(1) << 53) /* as far as a double, and with it JSON, counts by ones */
#define TIME_MOST (INT64_C(1) << 62)

/* As 64 bits, a narrow one without sign. */
static inline uint64_t get(const struct column *c, const void *row)
{
	const char *at = (const char *)row + c->offset;
	uint64_t v64;
	uint32_t v32;

	if (c->size == 8) {
		memcpy(&v64, at, 8);
		return v64;
	}
	if (c->size == 4) {
		memcpy(&v32, at, 4);
		return v32;
	}
	return (uint8_t)*at;
}

static inline void set(const struct column *c, void *row, uint64_t v)
{
	char *at = (char *)row + c->offset;
	uint32_t v32 = (uint32_t)v;

	if (c->size == 8)
		memcpy(at, &v, 8);
	else if (c->size == 4)
		memcpy(at, &v32, 4);
	else
		*at = (char)v;
}

/* What a kind allows: from `least` to `most`, of 64 bits with sign. */
struct bounds {
	int64_t least, most;
};

static struct bounds bounds_of(const struct column *c)
{
	switch ((enum column_kind)c->kind) {
	case COLUMN_FACT:
		return (struct bounds){ -1, c->most ? c->most : FACT_MOST };
	case COLUMN_FOREIGN:
		return (struct bounds){ -1, INT64_MAX };
	case COLUMN_TIME:
		return (struct bounds){ -TIME_MOST, TIME_MOST };
	case COLUMN_ID:
		return (struct bounds){ 0, c->most ? UINT32_MAX : INT32_MAX };
	case COLUMN_CODE:
		return (struct bounds){ 0, c->most };
	case COLUMN_WORD:
		break;
	}
	return (struct bounds){ INT64_MIN, INT64_MAX };
}

static inline bool valid(struct bounds b, uint64_t v)
{
	return (int64_t)v >= b.least && (int64_t)v <= b.most;
}

bool columns_valid(const struct column *columns, size_t ncolumns, const void *row)
{
	for (size_t i = 0; i < ncolumns; i++) {
		if (!valid(bounds_of(&columns[i]), get(&columns[i], row)))
			return false;
	}
	return true;
}

static void put_codes(struct buf *body, const struct column *c, const void *const *now, size_t nrows)
{
	for (size_t i = 0; i < nrows; i++)
		buf_addc(body, (char)get(c, now[i]));
}

/*
 * The differences without the zero bits that all of them end in (bytes that are whole pages or KiB),
 * and without the rows at the end that did not change. The first byte says how many bits those are.
 */
static void put_differences(struct buf *body, const int64_t *steps, size_t nrows, uint64_t bits)
{
	unsigned int shift = (unsigned int)__builtin_ctzll(bits);

	while (!steps[nrows - 1])
		nrows--;
	buf_addc(body, (char)shift);
	for (size_t i = 0; i < nrows; i++)
		put_signed(body, steps[i] >> shift);
}

void columns_put(struct buf *out, const struct column *columns, size_t ncolumns, const void *const *now,
		 const void *const *before, size_t nrows)
{
	cleanup(buf_release) struct buf body = { 0 };
	cleanup_free int64_t *steps = xcalloc(nrows + 1, sizeof(*steps));

	for (size_t k = 0; k < ncolumns; k++) {
		const struct column *c = &columns[k];
		uint64_t bits = 0;

		for (size_t i = 0; i < nrows; i++) {
			steps[i] = (int64_t)(get(c, now[i]) - get(c, before[i]));
			bits |= (uint64_t)steps[i];
		}
		if (!bits)
			continue;
		buf_reset(&body);
		if (c->kind == COLUMN_CODE)
			put_codes(&body, c, now, nrows);
		else
			put_differences(&body, steps, nrows, bits);
		put_section(out, c->tag, &body);
	}
}

static bool take_codes(const struct column *c, struct intake *body, void *const *rows, size_t nrows)
{
	for (size_t i = 0; i < nrows && body->at < body->end; i++) {
		uint64_t v = take_fixed(body, 1);

		set(c, rows[i], v <= c->most ? v : 0);
	}
	return !body->bad;
}

/* Nearly all of a recording goes through here: what does not change from row to row is kept out of it. */
static bool take_wide(struct intake *in, unsigned int shift, struct bounds bounds, size_t offset,
		      void *const *rows, size_t nrows)
{
	for (size_t i = 0; i < nrows && in->at < in->end; i++) {
		int64_t *to = (int64_t *)((char *)rows[i] + offset);
		int64_t v = (int64_t)((uint64_t)*to + ((uint64_t)take_signed(in) << shift));

		/* Also where nothing changes: what is there is valid. */
		if (v < bounds.least || v > bounds.most)
			return false;
		*to = v;
	}
	return !in->bad;
}

static bool take_differences(const struct column *c, struct intake *body, void *const *rows, size_t nrows)
{
	unsigned int shift = (unsigned int)take_fixed(body, 1);
	const struct bounds bounds = bounds_of(c);
	const struct column column = *c;
	struct intake in = *body;

	if (shift > 63)
		return false;
	if (c->size == 8)
		return take_wide(body, shift, bounds, c->offset, rows, nrows);
	for (size_t i = 0; i < nrows && in.at < in.end; i++) {
		uint64_t v = (uint64_t)take_signed(&in) << shift;

		if (!v)
			continue; /* most often */
		v += get(&column, rows[i]);
		if (!valid(bounds, v))
			return false;
		set(&column, rows[i], v);
	}
	*body = in;
	return !in.bad;
}

bool column_take(const struct column *c, struct intake *body, void *const *rows, size_t nrows)
{
	return c->kind == COLUMN_CODE ? take_codes(c, body, rows, nrows) :
					take_differences(c, body, rows, nrows);
}
