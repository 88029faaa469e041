#include "parse/eh_frame.h"

#include <string.h>
#include "base/search.h"
#include "parse/cfi.h"

/* DW_EH_PE_*: the low half says how a value is stored, the high half what it counts from. */
#define ENCODED_ABSOLUTE 0x00
#define ENCODED_U32 0x03
#define ENCODED_U64 0x04
#define ENCODED_S32 0x0b
#define ENCODED_S64 0x0c
#define FROM_HERE 0x10
#define FROM_HEADER 0x30
#define ALIGNED 0x50
#define INDIRECT 0x80

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
			return v;
	}
	p->ok = false; /* what readers take for its end differs */
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
	if (!p.ok || version != 1 || table_encoding != EH_FRAME_ENCODING)
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

/* What a CIE says of its FDEs. */
struct cie {
	uint8_t encoding; /* how addresses are stored: 'R' of the augmentation "zPLRSB" */
	bool signal, sized;
	uint64_t returns;
	struct eh_instructions first;
};

/*
 * What the letters stand for, in their order. Unwinders know the first four, and stop at one that says nothing to them:
 * those without bytes of their own have to be behind the others, or not all find the same instructions behind.
 */
static bool read_augmentation(struct place *p, const char *letters, struct cie *ret)
{
	const char *bare = letters + strcspn(letters, "SB");
	uint8_t personality;

	if (bare > letters + 3 || bare[strspn(bare, "SB")])
		return false;
	ret->signal = strchr(bare, 'S') != NULL;
	for (const char *a = letters; a < bare && p->ok; a++) {
		if (*a == 'R') {
			ret->encoding = take_u8(p);
		} else if (*a == 'L') {
			take_u8(p);
		} else if (*a == 'P') {
			personality = take_u8(p);
			take_encoded(p, personality & 0x0f);
			p->ok = p->ok && (personality & 0x70) != ALIGNED;
		} else {
			return false;
		}
	}
	return p->ok;
}

static bool read_cie(const struct eh_frame *e, uint64_t cie, struct cie *ret)
{
	struct place p = place_at(e, cie);
	uint32_t length = take_u32(&p), id;
	char augmentation[8];
	uint64_t end = p.address + length;
	uint8_t version;
	size_t n = 0;

	id = take_u32(&p);
	version = take_u8(&p);
	if (!p.ok || !length || length > EH_FRAME_FDE_MAX || id || (version != 1 && version != 3))
		return false;
	do
		augmentation[n] = (char)take_u8(&p);
	while (augmentation[n] && ++n < sizeof(augmentation));
	if (n == sizeof(augmentation))
		return false;
	*ret = (struct cie){ .encoding = ENCODED_ABSOLUTE, .sized = augmentation[0] == 'z' };
	take_leb(&p);
	take_leb(&p);
	ret->returns = version == 1 ? take_u8(&p) : take_leb(&p);
	if (ret->sized)
		take_leb(&p);
	if (!ret->sized && augmentation[0])
		return false;
	if (ret->sized && !read_augmentation(&p, augmentation + 1, ret))
		return false;
	ret->first = (struct eh_instructions){ p.address, end };
	return p.ok;
}

bool eh_frame_read(const struct eh_frame *e, uint64_t address, struct eh_function *ret)
{
	struct place p = place_at(e, address);
	uint32_t length = take_u32(&p);
	uint64_t id_at = p.address, start, size, data;
	uint32_t id = take_u32(&p);
	struct cie cie;

	if (!p.ok || length < 8 || length > EH_FRAME_FDE_MAX || !id || id > id_at ||
	    !read_cie(e, id_at - id, &cie))
		return false;
	start = take_encoded(&p, cie.encoding);
	size = take_encoded(&p, cie.encoding & 0x0f);
	if (!p.ok || size > INT64_MAX || start > INT64_MAX)
		return false;
	data = cie.sized ? take_leb(&p) : 0;
	*ret = (struct eh_function){
		.start = start,
		.end = start + size,
		.signal = cie.signal,
		.first = cie.first,
		.own = { p.ok && data <= EH_FRAME_FDE_MAX ? p.address + data : UINT64_MAX, id_at + length },
		.returns = cie.returns,
		.pointer = (cie.encoding & 7) == ENCODED_U32 ? 4 : 8,
	};
	return true;
}

static bool instructions_fit(const struct eh_frame *e, const struct eh_instructions *i, unsigned registers,
			     unsigned pointer)
{
	return i->start >= e->address && i->start <= i->end && i->end - e->address <= e->size &&
	       cfi_fits(e->bytes + (i->start - e->address), e->bytes + (i->end - e->address), registers,
			pointer);
}

bool eh_frame_fits(const struct eh_frame *e, const struct eh_function *f, unsigned registers)
{
	return f->returns < registers && instructions_fit(e, &f->first, registers, f->pointer) &&
	       instructions_fit(e, &f->own, registers, f->pointer);
}

/* The function of a row, as its FDE has it. */
static bool read_row(const struct eh_frame *e, size_t row, struct eh_function *ret)
{
	if (!eh_frame_read(e, e->header + (uint64_t)(int64_t)row_word(e, row, 1), ret))
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
