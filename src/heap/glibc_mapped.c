#include "heap/glibc_mapped.h"

#include "parse/malloc_glibc.h"

/* Pages that are looked at for nothing: 256 MiB of memory of somebody else. */
#define MISSES_MAX 65536

struct search {
	struct allocator_scan *s;
	struct allocator_inventory found; /* their areas */
	uint64_t left, misses;
};

/* Blocks may follow each other in a mapping, and other memory lie in between. */
static void look_in(struct search *f, const struct vma *v)
{
	struct allocator_scan *s = f->s;
	uint64_t page = s->run.page_size, at = v->start, end;

	while (at < v->end && f->left && f->misses < MISSES_MAX) {
		const struct allocator_area *known = allocator_area_at(s->ret, at);
		unsigned char header[GLIBC_HEADER];

		if (known) {
			at = (known->end + page - 1) / page * page;
			continue;
		}
		if (!reader_read(&s->r, at, header, sizeof(header)) ||
		    !glibc_is_mapped(header, at, v->end, page, &end)) {
			f->misses++;
			at += page;
			continue;
		}
		allocator_add_area(&f->found, at, end, ALLOCATOR_GLIBC, AREA_MAPPED, 0);
		f->left--;
		at = end;
	}
}

void glibc_mapped_areas(struct allocator_scan *s, uint64_t n)
{
	struct search f = { .s = s, .left = n };
	const struct vma_list *maps = s->t->maps;

	for (size_t i = 0; i < maps->n && n; i++)
		if (maps->items[i].kind == VMA_ANON && maps->items[i].writable && !maps->items[i].stack)
			look_in(&f, &maps->items[i]);
	for (size_t i = 0; i < f.found.nareas; i++)
		allocator_add_area(s->ret, f.found.areas[i].start, f.found.areas[i].end, ALLOCATOR_GLIBC,
				   AREA_MAPPED, 0);
	allocator_sort_areas(s->ret);
	allocator_inventory_release(&f.found);
}
