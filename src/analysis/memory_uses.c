#include "analysis/memory_uses.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/search.h"

static enum memory_use_kind kind_of_area(const struct allocator_area *a)
{
	static const enum memory_use_kind kinds[] = {
		[AREA_BRK] = MEMORY_HEAP,       [AREA_ARENA] = MEMORY_ARENA, [AREA_MAPPED] = MEMORY_MAPPED,
		[AREA_POOLS] = MEMORY_PYMALLOC, [AREA_CHUNKS] = MEMORY_PHP,
	};

	return a->kind == ALLOCATOR_RUBY ? MEMORY_RUBY : kinds[a->use];
}

static enum memory_use_kind kind_of_region(const struct region *r)
{
	static const enum memory_use_kind kinds[REGION_KINDS] = {
		[REGION_HEAP] = MEMORY_HEAP, [REGION_ANON] = MEMORY_ANON,   [REGION_FILE_DATA] = MEMORY_DATA,
		[REGION_FILE] = MEMORY_FILE, [REGION_STACK] = MEMORY_STACK, [REGION_SHMEM] = MEMORY_SHMEM,
	};

	return kinds[r->kind];
}

static struct memory_use *use_of(struct memory_uses *u, enum memory_use_kind kind, const char *name)
{
	uint64_t hash = hash_bytes((uint64_t)kind, name, strlen(name));
	size_t step = 0;
	uint32_t i;

	while (hash_next(&u->by_name, hash, &step, &i))
		if (u->items[i].kind == kind && !strcmp(u->items[i].name, name))
			return &u->items[i];
	hash_add(&u->by_name, hash, (uint32_t)u->n);
	vec_room(&u->items, u->n, &u->cap);
	u->items[u->n] = (struct memory_use){ .kind = kind, .name = name };
	return &u->items[u->n++];
}

static void add_pages(struct memory_use *u, enum page_class class, uint64_t n)
{
	fact *const counts[PAGE_CLASSES] = {
		[PAGE_CLASS_SHARED] = &u->pages.shared,
		[PAGE_CLASS_ORPHANED] = &u->pages.orphaned,
		[PAGE_CLASS_COW_BROKEN] = &u->pages.cow_broken,
		[PAGE_CLASS_COW_FILE] = &u->pages.cow_file,
		[PAGE_CLASS_NEW] = &u->pages.new,
		[PAGE_CLASS_FILE] = &u->pages.file,
		[PAGE_CLASS_SWAPPED] = &u->pages.swapped,
	};

	if (class < PAGE_CLASSES && counts[class])
		*counts[class] += (fact)n;
}

struct cut {
	const struct address_space *space;
	uint64_t page_size;
	size_t stretch; /* the first one that may reach into what comes next */
	struct memory_uses *uses;
};

/* The stretches in [start, end) of one use. */
static void add_part(struct cut *c, const struct region *r, enum memory_use_kind kind, uint64_t start,
		     uint64_t end)
{
	struct memory_use *u = use_of(c->uses, kind, kind == kind_of_region(r) ? r->name : "");
	uint64_t from = start / c->page_size, to = end / c->page_size;

	u->bytes += end - start;
	for (; c->stretch < c->space->nstretches; c->stretch++) {
		const struct page_stretch *s = &c->space->stretches[c->stretch];
		uint64_t first = s->start > from ? s->start : from, last = s->start + s->pages;

		if (s->start >= to)
			return;
		if (last > to)
			last = to;
		if (first < last)
			add_pages(u, (enum page_class)s->class, last - first);
		if (s->start + s->pages > to)
			return;
	}
}

/* Whole pages: what an area leaves of its first or last one is the allocator's, too. */
static void cut_region(struct cut *c, const struct region *r, const struct allocator_inventory *i)
{
	uint64_t at = r->start;
	size_t k = i ? search(n, i->nareas, i->areas[n].end <= at) : 0;

	for (; i && k < i->nareas && i->areas[k].start < r->end && r->kind <= REGION_ANON; k++) {
		uint64_t start = i->areas[k].start / c->page_size * c->page_size;
		uint64_t end = (i->areas[k].end + c->page_size - 1) / c->page_size * c->page_size;

		if (start < at)
			start = at;
		if (end > r->end)
			end = r->end;
		if (start >= end)
			continue;
		if (start > at)
			add_part(c, r, kind_of_region(r), at, start);
		add_part(c, r, kind_of_area(&i->areas[k]), start, end);
		at = end;
	}
	if (at < r->end)
		add_part(c, r, kind_of_region(r), at, r->end);
}

static int by_copied(const void *a, const void *b)
{
	const struct memory_use *x = a, *y = b;
	fact copied_x = memory_use_copied(x), copied_y = memory_use_copied(y);

	if (copied_x != copied_y)
		return copied_x < copied_y ? 1 : -1;
	if (x->pages.shared != y->pages.shared)
		return x->pages.shared < y->pages.shared ? 1 : -1;
	return x->kind != y->kind ? (x->kind > y->kind) - (x->kind < y->kind) : strcmp(x->name, y->name);
}

void memory_uses_add(const struct address_space *space, const struct allocator_inventory *inventory,
		     uint64_t page_size, struct memory_uses *to)
{
	struct cut c = { .space = space, .page_size = page_size, .uses = to };

	for (size_t i = 0; i < space->nregions; i++)
		cut_region(&c, &space->regions[i], inventory);
}

void memory_uses_sort(struct memory_uses *u)
{
	hash_release(&u->by_name);
	if (u->n)
		qsort(u->items, u->n, sizeof(*u->items), by_copied);
}

void memory_uses_of(const struct address_space *space, const struct allocator_inventory *inventory,
		    uint64_t page_size, struct memory_uses *ret)
{
	*ret = (struct memory_uses){ 0 };
	memory_uses_add(space, inventory, page_size, ret);
	memory_uses_sort(ret);
}
