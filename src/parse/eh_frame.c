#include "parse/eh_frame.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/search.h"

/* DW_EH_PE_*: the low half says how a value is stored, the high half what it counts from. */
#define ENCODED_ABSOLUTE 0x00
#define ENCODED_U32 0x03
#define ENCODED_U64 0x04
#define ENCODED_S32 0x0b
#define ENCODED_S64 0x0c
#define FROM_HERE 0x10
#define FROM_HEADER 0x30
#define INDIRECT 0x80
#define TABLE_ENCODING (FROM_HEADER | ENCODED_S32)

/* No real function's description is nearly as long; one that is would keep the unwinder busy. */
#define FDE_MAX 65536
/* So many in a row may have no length. */
#define EMPTY_MAX 64

/* A place in the bytes; ok turns false with the first read behind the end. */
struct place {
	const struct eh_frame *e;
	uint64_t address, end;
	bool ok;
};

static void take(struct place *p, void *out, size_t len)
{
	memset(out, 0, len);
	p->ok = p->ok && p->address >= p->e->address && p->address <= p->end && len <= p->end - p->address;
	if (!p->ok)
		return;
	memcpy(out, p->e->bytes + (p->address - p->e->address), len);
	p->address += len;
}

static uint8_t take_u8(struct place *p)
{
	uint8_t v;

	take(p, &v, sizeof(v));
	return v;
}

static uint32_t take_u32(struct place *p)
{
	uint32_t v;

	take(p, &v, sizeof(v));
	return v;
}

static uint64_t take_u64(struct place *p)
{
	uint64_t v;

	take(p, &v, sizeof(v));
	return v;
}

static uint64_t take_leb(struct place *p)
{
	uint64_t v = 0;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		uint8_t byte = take_u8(p);

		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			break;
	}
	return v;
}

static uint64_t take_encoded(struct place *p, uint8_t encoding)
{
	uint64_t here = p->address, v = 0;

	switch (encoding & 0x0f) {
	case ENCODED_ABSOLUTE:
	case ENCODED_U64:
	case ENCODED_S64:
		v = take_u64(p);
		break;
	case ENCODED_U32:
		v = take_u32(p);
		break;
	case ENCODED_S32:
		v = (uint64_t)(int64_t)(int32_t)take_u32(p);
		break;
	default:
		p->ok = false;
	}
	if ((encoding & 0x70) == FROM_HERE)
		v += here;
	else if ((encoding & 0x70) == FROM_HEADER)
		v += p->e->header;
	else if (encoding & 0x70)
		p->ok = false;
	if (encoding & INDIRECT)
		p->ok = false;
	return v;
}

static struct place place_at(const struct eh_frame *e, uint64_t address)
{
	return (struct place){ e, address, e->address + e->size, true };
}

static int32_t row_word(const struct eh_frame *e, size_t i, size_t word)
{
	int32_t v;

	memcpy(&v, e->bytes + (e->table - e->address) + i * EH_FRAME_ROW + word * sizeof(v), sizeof(v));
	return v;
}

uint64_t eh_frame_start(const struct eh_frame *e, size_t i)
{
	return e->header + (uint64_t)(int64_t)row_word(e, i, 0);
}

/* A search goes astray in any other table, and finds here what it does not find there. */
static bool sorted(const struct eh_frame *e)
{
	for (size_t i = 1; i < e->rows; i++)
		if (eh_frame_start(e, i) < eh_frame_start(e, i - 1))
			return false;
	return true;
}

bool eh_frame_open(const uint8_t *bytes, size_t size, uint64_t address, uint64_t header, struct eh_frame *ret)
{
	struct eh_frame e = { .bytes = bytes, .size = size, .address = address, .header = header };
	uint8_t version, frame_encoding, count_encoding, table_encoding;
	struct place p;
	uint64_t rows;

	if (size > INT64_MAX || address > INT64_MAX)
		return false;
	p = place_at(&e, header);
	version = take_u8(&p);
	frame_encoding = take_u8(&p);
	count_encoding = take_u8(&p);
	table_encoding = take_u8(&p);
	if (!p.ok || version != 1 || table_encoding != TABLE_ENCODING)
		return false;
	e.frames = take_encoded(&p, frame_encoding);
	rows = take_encoded(&p, count_encoding);
	if (!p.ok || rows > (p.end - p.address) / EH_FRAME_ROW)
		return false;
	e.table = p.address;
	e.rows = rows;
	if (!sorted(&e))
		return false;
	*ret = e;
	return true;
}

/* The last row that starts at or before an address, or `rows`. */
static size_t find_row(const struct eh_frame *e, uint64_t address)
{
	size_t behind = search(at, e->rows, eh_frame_start(e, at) <= address);

	return behind ? behind - 1 : e->rows;
}

/* How an FDE's addresses are stored stands in its CIE: 'R' of the augmentation "zPLRSB". */
static bool read_encoding(const struct eh_frame *e, uint64_t cie, uint8_t *ret, bool *ret_signal)
{
	struct place p = place_at(e, cie);
	uint32_t length = take_u32(&p), id = take_u32(&p);
	uint8_t version = take_u8(&p), personality;
	char augmentation[8];
	size_t n = 0;

	if (!p.ok || !length || length > FDE_MAX || id || (version != 1 && version != 3))
		return false;
	do
		augmentation[n] = (char)take_u8(&p);
	while (augmentation[n] && ++n < sizeof(augmentation));
	if (n == sizeof(augmentation))
		return false;
	take_leb(&p);
	take_leb(&p);
	if (version == 1)
		take_u8(&p);
	else
		take_leb(&p);
	*ret = ENCODED_ABSOLUTE;
	*ret_signal = strchr(augmentation, 'S') != NULL;
	if (augmentation[0] != 'z')
		return p.ok && !augmentation[0];
	take_leb(&p);
	for (const char *a = augmentation + 1; *a && p.ok; a++) {
		if (*a == 'R') {
			*ret = take_u8(&p);
		} else if (*a == 'L') {
			take_u8(&p);
		} else if (*a == 'P') {
			personality = take_u8(&p);
			take_encoded(&p, personality & 0x0f);
		} else if (*a != 'S' && *a != 'B') {
			return false;
		}
	}
	return p.ok;
}

/* The function of the FDE at an address; one of no length is none. */
static bool read_fde(const struct eh_frame *e, uint64_t address, struct eh_function *ret)
{
	struct place p = place_at(e, address);
	uint32_t length = take_u32(&p);
	uint64_t id_at = p.address, start, size;
	uint32_t id = take_u32(&p);
	uint8_t encoding;
	bool signal;

	if (!p.ok || length < 8 || length > FDE_MAX || !id || id > id_at ||
	    !read_encoding(e, id_at - id, &encoding, &signal))
		return false;
	start = take_encoded(&p, encoding);
	size = take_encoded(&p, encoding & 0x0f);
	if (!p.ok || size > INT64_MAX || start > INT64_MAX)
		return false;
	*ret = (struct eh_function){ .start = start, .end = start + size, .signal = signal };
	return true;
}

/* The function of a row, as its FDE has it. */
static bool read_row(const struct eh_frame *e, size_t row, struct eh_function *ret)
{
	if (!read_fde(e, e->header + (uint64_t)(int64_t)row_word(e, row, 1), ret))
		return false;
	ret->row = e->table + row * EH_FRAME_ROW;
	ret->header = e->header;
	return true;
}

/* Those of no length are stepped over: they lie where functions begin, or within one. */
bool eh_frame_find(const struct eh_frame *e, uint64_t address, struct eh_function *ret)
{
	size_t row = find_row(e, address), first = row > EMPTY_MAX ? row - EMPTY_MAX : 0;
	struct eh_function f;

	if (row == e->rows)
		return false;
	do {
		if (!read_row(e, row, &f) || f.start != eh_frame_start(e, row))
			return false;
	} while (f.start == f.end && row-- > first);
	if (address < f.start || address >= f.end)
		return false;
	*ret = f;
	return true;
}

bool eh_frame_leads(const struct eh_frame *e)
{
	struct eh_function f;

	for (size_t i = 0; i < e->rows && i <= EMPTY_MAX; i++)
		if (read_row(e, i, &f) && f.start == eh_frame_start(e, i))
			return true;
	return false;
}

bool eh_frame_starts(const struct eh_frame *e, uint64_t address)
{
	size_t row = find_row(e, address);

	return row < e->rows && eh_frame_start(e, row) == address;
}

/* ---- a table of our own */

struct row {
	uint64_t start, fde;
};

struct rows {
	struct row *items;
	size_t n, cap;
};

static void rows_release(struct rows *r)
{
	free(r->items);
}

static int by_start(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/* Up to what is none. A linker ends them with an empty one, and leaves others in their midst. */
static bool find_rows(const struct eh_frame *e, struct rows *ret)
{
	struct place p = place_at(e, e->address);
	struct eh_function f;

	for (;;) {
		uint64_t at = p.address;
		uint32_t length = take_u32(&p);

		if (!p.ok || length > FDE_MAX)
			return ret->n > 0;
		if (read_fde(e, at, &f) && f.end > f.start) {
			vec_room(&ret->items, ret->n, &ret->cap);
			ret->items[ret->n++] = (struct row){ f.start, at };
		}
		p.address = at + sizeof(length) + length;
	}
}

static void put_u32(uint8_t **at, uint64_t v)
{
	uint32_t word = (uint32_t)v;

	memcpy(*at, &word, sizeof(word));
	*at += sizeof(word);
}

static bool near_by(uint64_t a, uint64_t b)
{
	int64_t distance = (int64_t)(a - b);

	return distance >= INT32_MIN && distance <= INT32_MAX;
}

uint8_t *eh_frame_index(const uint8_t *frames, size_t size, uint64_t address, struct eh_frame *ret)
{
	static const uint8_t head[4] = { 1, ENCODED_S32, ENCODED_U32, TABLE_ENCODING };
	struct eh_frame e = { .bytes = frames, .size = size, .address = address };
	cleanup(rows_release) struct rows rows = { 0 };
	uint64_t header = address + size, len;
	uint8_t *bytes, *at;

	if (size > INT32_MAX || address > INT64_MAX || !find_rows(&e, &rows))
		return NULL;
	qsort(rows.items, rows.n, sizeof(*rows.items), by_start);
	if (!near_by(rows.items[0].start, header) || !near_by(rows.items[rows.n - 1].start, header))
		return NULL;
	len = size + sizeof(head) + 2 * sizeof(uint32_t) + rows.n * EH_FRAME_ROW;
	bytes = xcalloc(len, 1);
	memcpy(bytes, frames, size);
	at = bytes + size;
	memcpy(at, head, sizeof(head));
	at += sizeof(head);
	put_u32(&at, 0);
	put_u32(&at, rows.n);
	for (size_t i = 0; i < rows.n; i++) {
		put_u32(&at, rows.items[i].start - header);
		put_u32(&at, rows.items[i].fde - header);
	}
	if (eh_frame_open(bytes, len, address, header, ret))
		return bytes;
	free(bytes);
	return NULL;
}
