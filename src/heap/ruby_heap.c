#include "heap/ruby_heap.h"

#include "runtime/gc_runtime.h"

struct sums {
	uint64_t pages, held, used, free;
};

static void add_page(struct allocator_scan *s, uint64_t at, const struct ruby_page *p, void *ctx)
{
	struct sums *sums = ctx;

	sums->pages++;
	sums->held += p->page_size;
	sums->used += (uint64_t)(p->slots - p->free) * p->slot_size;
	sums->free += (uint64_t)p->free * p->slot_size;
	allocator_add_area(s->ret, at, at + p->page_size, ALLOCATOR_RUBY, AREA_CHUNKS, 0);
}

static void look_in(struct allocator_scan *s, const struct vma *v, ruby_visit visit, void *ctx)
{
	static const uint32_t sizes[] = { RUBY_PAGE_MAX, 16U << 10 };
	uint64_t at = (v->start + sizes[1] - 1) / sizes[1] * sizes[1];

	while (at < v->end && v->end - at >= sizes[1]) {
		struct ruby_page p = { 0 };

		for (int i = 0; i < 2 && !p.slots; i++)
			if (at % sizes[i] == 0 && v->end - at >= sizes[i])
				ruby_read_page(&s->r, at, sizes[i], &p);
		if (p.slots)
			visit(s, at, &p, ctx);
		at += p.slots ? p.page_size : sizes[1];
	}
}

bool ruby_heap_recognised(const struct allocator_scan *s)
{
	return gc_runtime(s->objects, s->nobjects, s->exe) == RUNTIME_RUBY;
}

void ruby_heap_pages(struct allocator_scan *s, ruby_visit visit, void *ctx)
{
	const struct vma_list *maps = s->t->maps;

	for (size_t i = 0; i < maps->n; i++)
		if (maps->items[i].kind == VMA_ANON && maps->items[i].writable)
			look_in(s, &maps->items[i], visit, ctx);
}

void ruby_heap_inventory(struct allocator_scan *s)
{
	struct allocator_facts *f;
	struct sums sums = { 0 };

	if (!ruby_heap_recognised(s))
		return;
	ruby_heap_pages(s, add_page, &sums);
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
