#include "model/allocator.h"

#include <stdlib.h>
#include "base/alloc.h"
#include "base/search.h"

void allocator_inventory_release(struct allocator_inventory *i)
{
	free(i->items);
	free(i->classes);
	free(i->areas);
	*i = (struct allocator_inventory){ 0 };
}

const char *allocator_name(enum allocator_kind kind)
{
	static const char *const names[ALLOCATOR_KINDS] = {
		[ALLOCATOR_GLIBC] = "glibc",       [ALLOCATOR_PYMALLOC] = "pymalloc",
		[ALLOCATOR_JEMALLOC] = "jemalloc", [ALLOCATOR_TCMALLOC] = "tcmalloc",
		[ALLOCATOR_MIMALLOC] = "mimalloc", [ALLOCATOR_PHP] = "php",
		[ALLOCATOR_RUBY] = "ruby",         [ALLOCATOR_UNKNOWN] = "unknown",
	};

	return names[kind];
}

const char *allocator_sign_name(enum allocator_sign sign)
{
	static const char *const names[] = {
		[ALLOCATOR_BY_STATE] = "state",   [ALLOCATOR_BY_FILE] = "file",
		[ALLOCATOR_BY_SYMBOL] = "symbol", [ALLOCATOR_BY_NAME] = "name",
		[ALLOCATOR_BY_NONE] = "none",
	};

	return names[sign];
}

struct allocator_facts *allocator_add(struct allocator_inventory *i, enum allocator_kind kind,
				      enum allocator_sign sign)
{
	vec_room(&i->items, i->nitems, &i->items_cap);
	i->items[i->nitems] = (struct allocator_facts){
		.kind = kind,
		.sign = sign,
		.arenas = ABSENT,
		.held = ABSENT,
		.used = ABSENT,
		.own = ABSENT,
		.cached = ABSENT,
		.free = ABSENT,
		.top = ABSENT,
		.trimmable = ABSENT,
		.pinned = ABSENT,
		.mapped = ABSENT,
		.nmapped = ABSENT,
	};
	return &i->items[i->nitems++];
}

void allocator_add_class(struct allocator_inventory *i, const struct size_class_facts *c)
{
	vec_room(&i->classes, i->nclasses, &i->classes_cap);
	i->classes[i->nclasses++] = *c;
}

void allocator_add_area(struct allocator_inventory *i, uint64_t start, uint64_t end, enum allocator_kind kind,
			enum area_use use, uint32_t number)
{
	if (start >= end)
		return;
	vec_room(&i->areas, i->nareas, &i->areas_cap);
	i->areas[i->nareas++] = (struct allocator_area){ start, end, kind, use, number };
}

static int by_start(const void *a, const void *b)
{
	const struct allocator_area *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

void allocator_sort_areas(struct allocator_inventory *i)
{
	uint64_t end = 0;
	size_t n = 0;

	if (i->nareas)
		qsort(i->areas, i->nareas, sizeof(*i->areas), by_start);
	for (size_t k = 0; k < i->nareas; k++) {
		struct allocator_area a = i->areas[k];

		if (a.start < end)
			a.start = end;
		if (a.start >= a.end)
			continue;
		end = a.end;
		i->areas[n++] = a;
	}
	i->nareas = n;
}

const struct allocator_area *allocator_area_at(const struct allocator_inventory *i, uint64_t address)
{
	size_t k = search(at, i->nareas, i->areas[at].end <= address);

	return k < i->nareas && i->areas[k].start <= address ? &i->areas[k] : NULL;
}
