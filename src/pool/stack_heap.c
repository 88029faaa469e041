#include "pool/stack_heap.h"

static void find_stack(const struct vma_list *maps, size_t page_size, struct ledger_proc *p)
{
	for (size_t i = 0; i < maps->n; i++)
		if (maps->items[i].stack) {
			p->stack_from = maps->items[i].start / page_size;
			p->stack_to = maps->items[i].end / page_size;
		}
}

/* Is `at` inside of one mapping of the heap? */
static bool heap_spans(const struct vma_list *maps, uint64_t at)
{
	for (size_t i = 0; i < maps->n; i++)
		if (maps->items[i].heap && maps->items[i].start < at && maps->items[i].end > at)
			return true;
	return false;
}

/*
 * What brk(2) adds to a heap that was inherited with pages in it becomes a mapping of its own, for the
 * kernel merges none that fork has copied (is_mergeable_anon_vma(): mm/vma.c in 6.18, mm/mmap.c in 6.1;
 * since 3.0). So a seam that the base's heap does not have is where the heap ended at the fork.
 */
static void find_late_heap(const struct vma_list *maps, const struct vma_list *base, size_t page_size,
			   struct ledger_proc *p)
{
	for (size_t i = 1; i < maps->n; i++) {
		const struct vma *v = &maps->items[i], *below = v - 1;

		if (!v->heap || !below->heap || below->end != v->start || v->writable != below->writable ||
		    v->executable != below->executable)
			continue;
		if (p->late_to == v->start / page_size)
			p->late_to = v->end / page_size;
		else if (heap_spans(base, v->start)) {
			p->late_from = v->start / page_size;
			p->late_to = v->end / page_size;
		}
	}
}

void stack_heap_of(const struct vma_list *maps, const struct vma_list *base, size_t page_size,
		   struct ledger_proc *p)
{
	find_stack(maps, page_size, p);
	if (base)
		find_late_heap(maps, base, page_size, p);
}
