#include "heap/kinds_scan.h"

#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/hash.h"

/* Of struct pool_header: the offset of what was never given out. */
#define POOL_NEXT 40
/* The longest that lies before an object: a head of 32 bytes, or one of 16 and two pointers. */
#define BEFORE_MOST 32
/* Who may end it is asked so often, in pages. */
#define ASK_EVERY 1024

/* A page, and its bytes. */
struct page {
	uint64_t address, end;
	const unsigned char *bytes;
};

/* The number of the type of what lives here, forever or not; SIZE_MAX: nothing does. */
static size_t type_at(const struct kinds_scan *s, const struct page *p, uint64_t at)
{
	uint64_t w[2];

	memcpy(w, p->bytes + (at - p->address), sizeof(w));
	if (w[1] < s->low || w[1] >= s->high || w[1] % 8)
		return SIZE_MAX;
	/* where pointers are as small as counts, the link of a free block is no count */
	if (!cpython_is_immortal(s->minor, w[0]) &&
	    (!cpython_is_counted(s->minor, w[0]) || (w[0] & UINT32_MAX) >= s->low))
		return SIZE_MAX;
	return types_find(s->types, w[1]);
}

/* Does a head lie before an object? Links to others, or nothing; 3.7's have a count behind them. */
static bool is_head(const struct kinds_scan *s, const struct page *p, uint64_t object)
{
	uint64_t w[2], at = object - s->head, next, before;

	if (at >= p->address)
		memcpy(w, p->bytes + (at - p->address), sizeof(w));
	else if (!reader_read(s->r, at, w, sizeof(w)))
		return false;
	next = w[0] & ~(uint64_t)3;
	before = w[1] & ~(uint64_t)3;
	return (!next || (next >= s->low && next < s->high)) && (!before || before < s->high);
}

/* A block of a pool: a type says by what stands before its objects where in a block they begin. */
static void scan_block(struct kinds_scan *s, const struct page *p, uint64_t block)
{
	const uint64_t befores[] = { 0, s->head, s->head + 16 };

	for (size_t i = 0; i < sizeof(befores) / sizeof(*befores); i++) {
		uint64_t at = block + befores[i];
		size_t type;

		if (at < p->address || at >= p->end || befores[i] + 16 > s->block)
			continue;
		type = type_at(s, p, at);
		if (type == SIZE_MAX || s->before(s->ctx, type) != befores[i] ||
		    (befores[i] && !is_head(s, p, at)))
			continue;
		s->object(s->ctx, type, at, s->block - befores[i]);
		return;
	}
}

static void scan_pool(struct kinds_scan *s, const struct page *p)
{
	uint64_t first = s->pool + CPYTHON_POOL_HEADER, block = first;

	if (p->address > first + BEFORE_MOST)
		block += (p->address - first - BEFORE_MOST) / s->block * s->block;
	for (; block < p->end && block + s->block <= s->pool_end; block += s->block)
		scan_block(s, p, block);
}

/* Where no pool is: from `from` on, what the last object of the page before extends to; until where those of this do. */
static uint64_t scan_other(struct kinds_scan *s, const struct page *p, uint64_t range_end, uint64_t from)
{
	uint64_t at = from > p->address ? from : p->address;

	while (at + CPYTHON_ALIGN <= p->end) {
		size_t type = type_at(s, p, at);
		uint64_t len = 0, before;

		if (type != SIZE_MAX) {
			before = s->before(s->ctx, type);
			if (before != UINT32_MAX && (!before || is_head(s, p, at)))
				len = s->object(s->ctx, type, at, range_end - at);
		}
		at += len ? (len + CPYTHON_ALIGN - 1) & ~(uint64_t)(CPYTHON_ALIGN - 1) : CPYTHON_ALIGN;
	}
	return at;
}

static void begin_pool(struct kinds_scan *s, const struct page *p)
{
	size_t size = cpython_pool_size(s->minor);
	uint32_t next;
	int class;

	if (p->address % size == 0) {
		s->block = 0;
		class = cpython_pool_class(p->bytes, p->address, s->minor);
		if (class < 0)
			return;
		memcpy(&next, p->bytes + POOL_NEXT, sizeof(next));
		s->pool = p->address;
		s->pool_end = p->address + (next < size ? next : size);
		s->block = (uint32_t)(class + 1) * CPYTHON_ALIGN;
	} else if (p->address - s->pool >= size) {
		s->block = 0;
	}
}

static bool is_to_end(struct kinds_scan *s, uint64_t page)
{
	if (!s->go_on || page % ASK_EVERY || s->go_on(s->data))
		return false;
	s->cut = true;
	return true;
}

/* One of each group of pieces, another one in each. */
static bool is_chosen(const struct kinds_scan *s, uint64_t address)
{
	uint64_t piece = address >> KINDS_PIECE_SHIFT;

	return s->every < 2 || piece % s->every == hash_mix(0, piece / s->every) % s->every;
}

/* False: it is to end. */
static bool scan_range(struct kinds_scan *s, const struct heap_range *range, unsigned char *bytes)
{
	uint64_t size = s->heap->page_size, from = range->start;

	for (uint64_t at = range->start; at < range->end; at += size) {
		const struct page p = { at, at + size, bytes };

		if (is_to_end(s, at / size))
			return false;
		if (!is_chosen(s, at)) {
			at = (at | (KINDS_PIECE - 1)) + 1 - size;
			continue;
		}
		if (!reader_read(s->r, at, bytes, size)) {
			s->cut |= s->heap->pages_read >= s->heap->budget;
			continue;
		}
		s->pages++;
		begin_pool(s, &p);
		if (s->block)
			scan_pool(s, &p);
		else
			from = scan_other(s, &p, range->end, from);
	}
	return true;
}

void kinds_scan(struct kinds_scan *s)
{
	cleanup_free unsigned char *bytes = xreallocarray(NULL, 1, s->heap->page_size);

	for (size_t i = 0; i < s->heap->nranges && scan_range(s, &s->heap->ranges[i], bytes); i++)
		;
	s->cut |= s->heap->cut;
}
