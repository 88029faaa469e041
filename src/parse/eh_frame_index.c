#include "parse/eh_frame_index.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"

/* DW_EH_PE_udata4, DW_EH_PE_sdata4 */
#define ENCODED_U32 0x03
#define ENCODED_S32 0x0b

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
	struct eh_function f;
	uint32_t length;

	for (uint64_t at = 0; e->size - at >= sizeof(length); at += sizeof(length) + length) {
		memcpy(&length, e->bytes + at, sizeof(length));
		if (length > EH_FRAME_FDE_MAX || length > e->size - at - sizeof(length))
			break;
		if (eh_frame_read(e, e->address + at, &f) && f.end > f.start) {
			vec_room(&ret->items, ret->n, &ret->cap);
			ret->items[ret->n++] = (struct row){ f.start, e->address + at };
		}
	}
	return ret->n > 0;
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
	static const uint8_t head[4] = { 1, ENCODED_S32, ENCODED_U32, EH_FRAME_ENCODING };
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
