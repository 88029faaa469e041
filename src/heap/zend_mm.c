#include "heap/zend_mm.h"

#include "parse/zend_mm.h"

struct sums {
	uint64_t chunks, held, used, free_pages;
	bool torn; /* a heap did not hold together */
};

static void add_chunk(struct allocator_scan *s, struct sums *sums, uint64_t at, const struct zend_chunk *c)
{
	struct zend_heap heap;

	allocator_add_area(s->ret, at, at + ZEND_CHUNK, ALLOCATOR_PHP, AREA_CHUNKS, 0);
	if (!c->main)
		return;
	if (!zend_read_heap(&s->r, at, &heap)) {
		sums->torn = true;
		return;
	}
	sums->chunks += heap.chunks;
	sums->held += heap.held;
	sums->used += heap.used;
	sums->free_pages += heap.free_pages;
}

void zend_mm_inventory(struct allocator_scan *s)
{
	const struct vma_list *maps = s->t->maps;
	const size_t known = s->ret->nareas;
	struct allocator_facts *f;
	struct sums sums = { 0 };
	uint64_t own, away;

	for (size_t i = 0; i < maps->n; i++) {
		const struct vma *v = &maps->items[i];
		uint64_t at = (v->start + ZEND_CHUNK - 1) / ZEND_CHUNK * ZEND_CHUNK;
		struct zend_chunk c;

		if (v->kind != VMA_ANON || !v->writable)
			continue;
		for (; at < v->end && v->end - at >= ZEND_CHUNK; at += ZEND_CHUNK)
			if (zend_read_chunk(&s->r, at, &c))
				add_chunk(s, &sums, at, &c);
	}
	if (!sums.chunks) {
		s->ret->nareas = known; /* what looks like a chunk is none without a heap */
		return;
	}
	allocator_sort_areas(s->ret);
	f = allocator_add(s->ret, ALLOCATOR_PHP, ALLOCATOR_BY_STATE);
	own = sums.chunks * 4096;
	away = sums.used + own + sums.free_pages * 4096;
	f->arenas = fact_of(sums.chunks);
	f->held = fact_of(sums.held);
	if (sums.torn || away > sums.held) {
		f->why = "its chunks do not hold together: they move";
		return;
	}
	f->used = fact_of(sums.used);
	f->own = fact_of(own);
	f->cached = 0;
	f->top = fact_of(sums.free_pages * 4096);
	f->free = fact_of(sums.held - away);
}
