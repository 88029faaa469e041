#include "heap/ruby_heap.h"

#include "parse/ruby_heap.h"
#include "runtime/gc_runtime.h"

struct sums {
	uint64_t pages, held, slots, used, free;
};

static void add_page(struct allocator_scan *s, struct sums *sums, uint64_t at, const struct ruby_page *p)
{
	sums->pages++;
	sums->held += p->page_size;
	sums->used += (uint64_t)(p->slots - p->free) * p->slot_size;
	sums->free += (uint64_t)p->free * p->slot_size;
	allocator_add_area(s->ret, at, at + p->page_size, ALLOCATOR_RUBY, AREA_CHUNKS, 0);
}

static void look_in(struct allocator_scan *s, struct sums *sums, const struct vma *v)
{
	static const uint32_t sizes[] = { 64U << 10, 16U << 10 };
	uint64_t at = (v->start + sizes[1] - 1) / sizes[1] * sizes[1];

	while (at < v->end && v->end - at >= sizes[1]) {
		struct ruby_page p = { 0 };

		for (int i = 0; i < 2 && !p.slots; i++)
			if (at % sizes[i] == 0 && v->end - at >= sizes[i])
				ruby_read_page(&s->r, at, sizes[i], &p);
		if (p.slots)
			add_page(s, sums, at, &p);
		at += p.slots ? p.page_size : sizes[1];
	}
}

void ruby_heap_inventory(struct allocator_scan *s)
{
	const struct vma_list *maps = s->t->maps;
	struct allocator_facts *f;
	struct sums sums = { 0 };

	if (gc_runtime(s->objects, s->nobjects, s->exe) != RUNTIME_RUBY)
		return;
	for (size_t i = 0; i < maps->n; i++)
		if (maps->items[i].kind == VMA_ANON && maps->items[i].writable)
			look_in(s, &sums, &maps->items[i]);
	if (!sums.pages)
		return;
	allocator_sort_areas(s->ret);
	f = allocator_add(s->ret, ALLOCATOR_RUBY, ALLOCATOR_BY_STATE);
	f->guessed = true;
	f->arenas = fact_of(sums.pages);
	f->held = fact_of(sums.held);
	f->used = fact_of(sums.used);
	f->free = fact_of(sums.free);
	f->own = fact_of(sums.held - sums.used - sums.free);
	f->cached = f->top = 0;
}
