#include "heap/allocator.h"

#include "base/cleanup.h"
#include "heap/allocator_named.h"
#include "heap/allocator_scan.h"
#include "heap/glibc.h"
#include "heap/pymalloc.h"
#include "heap/ruby_heap.h"
#include "heap/zend_mm.h"

/* Nobody was recognised: what is there? */
static void add_unknown(struct allocator_scan *s)
{
	const struct vma_list *maps = s->t->maps;
	uint64_t anonymous = 0;

	for (size_t i = 0; i < maps->n; i++)
		if (maps->items[i].kind == VMA_ANON && maps->items[i].writable && !maps->items[i].stack)
			anonymous += maps->items[i].end - maps->items[i].start;
	if (anonymous) {
		struct allocator_facts *f = allocator_add(s->ret, ALLOCATOR_UNKNOWN, ALLOCATOR_BY_NONE);

		f->held = fact_of(anonymous);
		f->why = "its anonymous memory is of no allocator that is known";
	}
}

/* What it was too early for says so, whatever else it looked like. */
static void say_ended(struct allocator_inventory *i)
{
	for (size_t k = 0; k < i->nitems; k++)
		if (i->items[k].sign == ALLOCATOR_BY_STATE && i->items[k].used == ABSENT)
			i->items[k].why = "cowtop was to end before it was read";
}

/* glibc last: blocks that have mappings of their own are looked for between others' memory. */
void allocator_read(const struct allocator_target *t, struct allocator_inventory *ret)
{
	cleanup(allocator_scan_end) struct allocator_scan s;

	allocator_scan_begin(&s, t, ret);
	pymalloc_inventory(&s);
	zend_mm_inventory(&s);
	ruby_heap_inventory(&s);
	allocator_named(&s);
	glibc_inventory(&s);
	if (!ret->nitems)
		add_unknown(&s);
	allocator_sort_areas(ret);
	if (s.run.ended)
		say_ended(ret);
}
