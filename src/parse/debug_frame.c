#include "parse/debug_frame.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/buf.h"

#define CIE_ID 0xffffffffu
#define FROM_HERE_S64 0x1c /* DW_EH_PE_pcrel | DW_EH_PE_sdata8 */
#define RECORD_MAX 65536
#define ALIGN 8
/* A program's tables are some MiB at most. */
#define OUTPUT_MAX (64u << 20)

/* A record's bytes; ok turns false with the first read behind their end. */
struct record {
	const uint8_t *at, *end;
	bool ok;
};

struct cie {
	uint32_t was, is; /* offsets: in the section, in what is made of it */
};

struct conversion {
	struct buf out;
	uint64_t address; /* of the output */
	struct cie *cies; /* by `was` */
	size_t n, cap;
};

static const uint8_t *take(struct record *r, size_t len)
{
	const uint8_t *at = r->at;

	r->ok = r->ok && len <= (size_t)(r->end - r->at);
	if (!r->ok)
		return NULL;
	r->at += len;
	return at;
}

static uint64_t take_number(struct record *r, size_t len)
{
	const uint8_t *at = take(r, len);
	uint64_t v = 0;

	if (at)
		memcpy(&v, at, len);
	return v;
}

static void skip_leb(struct record *r)
{
	while (r->ok && take_number(r, 1) & 0x80)
		continue;
}

static void put_u8(struct buf *out, uint8_t v)
{
	buf_add(out, (const char *)&v, sizeof(v));
}

static void put_u32(struct buf *out, uint32_t v)
{
	buf_add(out, (const char *)&v, sizeof(v));
}

static void put_u64(struct buf *out, uint64_t v)
{
	buf_add(out, (const char *)&v, sizeof(v));
}

static void put_rest(struct buf *out, const struct record *r)
{
	buf_add(out, (const char *)r->at, (size_t)(r->end - r->at));
}

/* Nothing but no-ops follow; then the length, which does not count itself, is known. */
static void end_record(struct buf *out, size_t at)
{
	uint32_t length;

	while ((out->len - at) % ALIGN)
		put_u8(out, 0);
	if (out->cut)
		return;
	length = (uint32_t)(out->len - at - sizeof(length));
	memcpy(out->data + at, &length, sizeof(length));
}

/* Its alignments and the return address's column are copied, and instructions. */
static void convert_cie(struct conversion *c, uint32_t was, struct record r)
{
	uint8_t version = (uint8_t)take_number(&r, 1), augmentation = (uint8_t)take_number(&r, 1);
	const uint8_t *numbers;
	size_t at = c->out.len;

	if (version == 4 && take_number(&r, 2) != 8) /* bytes of an address, of a segment's number */
		return;
	numbers = r.at;
	skip_leb(&r);
	skip_leb(&r);
	if (version == 1)
		take_number(&r, 1);
	else
		skip_leb(&r);
	if (!r.ok || augmentation || !version || version == 2 || version > 4)
		return;
	put_u32(&c->out, 0);
	put_u32(&c->out, 0);
	put_u8(&c->out, version == 1 ? 1 : 3);
	buf_add(&c->out, "zR", 3);
	buf_add(&c->out, (const char *)numbers, (size_t)(r.at - numbers));
	put_u8(&c->out, 1);
	put_u8(&c->out, FROM_HERE_S64);
	put_rest(&c->out, &r);
	end_record(&c->out, at);
	vec_room(&c->cies, c->n, &c->cap);
	c->cies[c->n++] = (struct cie){ was, (uint32_t)at };
}

static const struct cie *find_cie(const struct conversion *c, uint32_t was)
{
	size_t low = 0, high = c->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (c->cies[middle].was < was)
			low = middle + 1;
		else
			high = middle;
	}
	return low < c->n && c->cies[low].was == was ? &c->cies[low] : NULL;
}

static void convert_fde(struct conversion *c, uint32_t cie_at, struct record r)
{
	const struct cie *cie = find_cie(c, cie_at);
	uint64_t start = take_number(&r, 8), size = take_number(&r, 8);
	size_t at = c->out.len;

	if (!r.ok || !cie)
		return;
	put_u32(&c->out, 0);
	put_u32(&c->out, (uint32_t)(c->out.len - cie->is));
	put_u64(&c->out, start - (c->address + c->out.len));
	put_u64(&c->out, size);
	put_u8(&c->out, 0);
	put_rest(&c->out, &r);
	end_record(&c->out, at);
}

static void convert_all(struct conversion *c, const uint8_t *section, size_t size)
{
	struct record all = { section, section + size, true };

	while (all.at < all.end) {
		uint32_t was = (uint32_t)(all.at - section);
		uint64_t length = take_number(&all, 4), id;
		struct record r;

		if (!all.ok || length > RECORD_MAX || length > (size_t)(all.end - all.at))
			return;
		r = (struct record){ all.at, all.at + length, true };
		all.at += length;
		id = take_number(&r, 4);
		if (r.ok && id == CIE_ID)
			convert_cie(c, was, r);
		else if (r.ok)
			convert_fde(c, (uint32_t)id, r);
	}
}

uint8_t *debug_frame_convert(const uint8_t *section, size_t size, uint64_t address, size_t *ret_size)
{
	struct conversion c = { .out.limit = OUTPUT_MAX, .address = address };

	if (size <= INT32_MAX)
		convert_all(&c, section, size);
	free(c.cies);
	if (c.out.cut || !c.out.len) {
		buf_release(&c.out);
		return NULL;
	}
	*ret_size = c.out.len;
	return (uint8_t *)c.out.data;
}
