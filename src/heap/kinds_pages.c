#include "heap/kinds_pages.h"

#include <stdlib.h>
#include "base/alloc.h"

#define CHUNK_SHIFT 12
#define CHUNK_WORDS ((1U << CHUNK_SHIFT) / 64)
/* Marks for pages behind the first of a piece: all pages so often. */
#define MARKS_TIMES 16
#define CHUNKS_BYTES (64U << 20)

void kinds_pages_init(struct kinds_pages *p, struct heap_image *heap, page_fates of, void *ctx)
{
	*p = (struct kinds_pages){ .heap = heap,
				   .room = heap->npages * heap->page_size,
				   .marks = heap->npages * MARKS_TIMES,
				   .chunks = CHUNKS_BYTES };
	p->fates = xcalloc(heap->npages + 1, sizeof(*p->fates));
	p->before = xcalloc(heap->npages + 1, sizeof(*p->before));
	for (size_t i = 0; of && i < heap->nranges; i++) {
		const struct heap_range *r = &heap->ranges[i];

		of(ctx, r->start / heap->page_size, (size_t)((r->end - r->start) / heap->page_size),
		   p->fates + r->first);
	}
	for (size_t i = 0; i < heap->npages; i++) {
		p->before[i + 1].copied = p->before[i].copied + p->fates[i].copied;
		p->before[i + 1].shared = p->before[i].shared + p->fates[i].shared;
	}
}

void kinds_pages_release(struct kinds_pages *p)
{
	free(p->fates);
	free(p->before);
	*p = (struct kinds_pages){ 0 };
}

/* Objects lie side by side: mostly it is the page of the one before. */
static size_t page_of(struct kinds_pages *p, uint64_t address)
{
	if (address - p->at < p->size)
		return p->number;
	p->number = heap_image_page(p->heap, address);
	p->at = address - address % p->heap->page_size;
	p->size = p->heap->page_size;
	return p->number;
}

struct page_fate kinds_pages_fate(struct kinds_pages *p, uint64_t address)
{
	size_t page = page_of(p, address);

	return page == SIZE_MAX ? (struct page_fate){ 0 } : p->fates[page];
}

/* The word of a page's mark; NULL: there is no room for it. */
static uint64_t *mark_word(struct kinds_pages *p, struct page_marks *m, size_t page)
{
	size_t n = (p->heap->npages >> CHUNK_SHIFT) + 1;
	uint64_t **chunk;

	if (!m->chunks && p->chunks >= n * sizeof(*m->chunks)) {
		p->chunks -= n * sizeof(*m->chunks);
		m->chunks = xcalloc(n, sizeof(*m->chunks));
		m->nchunks = n;
	}
	if (!m->chunks)
		return NULL;
	chunk = &m->chunks[page >> CHUNK_SHIFT];
	if (!*chunk && p->chunks >= CHUNK_WORDS * sizeof(**chunk)) {
		p->chunks -= CHUNK_WORDS * sizeof(**chunk);
		*chunk = xcalloc(CHUNK_WORDS, sizeof(**chunk));
	}
	return *chunk ? *chunk + (page & ((1U << CHUNK_SHIFT) - 1)) / 64 : NULL;
}

static void mark(struct kinds_pages *p, struct page_marks *m, size_t page)
{
	uint64_t *word, bit = 1ULL << page % 64;

	if (m->latest == page + 1)
		return;
	m->latest = page + 1;
	word = mark_word(p, m, page);
	if (!word || *word & bit) {
		p->cut |= !word;
		return;
	}
	*word |= bit;
	m->copied += p->fates[page].copied;
	m->shared += p->fates[page].shared;
}

static void add_part(struct piece_sum *sum, struct page_fate f, uint64_t len)
{
	sum->copied += len * f.copied;
	sum->shared += len * f.shared;
}

void kinds_pages_add(struct kinds_pages *p, uint64_t address, uint64_t len, struct piece_sum *sum,
		     struct page_marks *marks)
{
	uint64_t size = p->heap->page_size, in_page = size - address % size, room, rest;
	size_t first = page_of(p, address), last;

	if (first == SIZE_MAX || !len)
		return;
	if (len > in_page && heap_image_page(p->heap, address) != SIZE_MAX) {
		room = p->heap->ranges[p->heap->latest].end - address;
		len = len < room ? len : room;
	}
	if (len > p->room) {
		p->cut = true;
		return;
	}
	p->room -= len;
	sum->bytes += len;
	mark(p, marks, first);
	if (len <= in_page) {
		add_part(sum, p->fates[first], len);
		return;
	}
	add_part(sum, p->fates[first], in_page);
	rest = len - in_page;
	last = first + 1 + (size_t)(rest / size); /* of which rest % size bytes count */
	sum->copied += (p->before[last].copied - p->before[first + 1].copied) * size;
	sum->shared += (p->before[last].shared - p->before[first + 1].shared) * size;
	if (rest % size)
		add_part(sum, p->fates[last], rest % size);
	for (size_t i = first + 1; i < last + (rest % size != 0) && p->marks; i++, p->marks--)
		mark(p, marks, i);
	p->cut |= !p->marks;
}

void page_marks_release(struct page_marks *m)
{
	for (size_t i = 0; i < m->nchunks; i++)
		free(m->chunks[i]);
	free(m->chunks);
	*m = (struct page_marks){ 0 };
}
