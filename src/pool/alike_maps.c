#include "pool/alike_maps.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

struct alike_maps {
	struct vma_list list;
	size_t holders;
};

static bool is_same(const struct vma *a, const struct vma *b)
{
	return a->start == b->start && a->end == b->end && a->kind == b->kind && a->writable == b->writable &&
	       a->executable == b->executable && a->hugetlb == b->hugetlb && a->stack == b->stack &&
	       a->heap == b->heap && a->offset == b->offset && a->inode == b->inode &&
	       a->dev_major == b->dev_major && a->dev_minor == b->dev_minor && a->name_at == b->name_at &&
	       a->name_len == b->name_len;
}

static bool has(const struct alike_maps *a, const struct vma_list *read)
{
	if (!a || a->list.n != read->n)
		return false;
	for (size_t i = 0; i < read->n; i++) {
		if (!is_same(&a->list.items[i], &read->items[i]))
			return false;
	}
	return true;
}

static struct alike_maps *copy(const struct vma_list *read)
{
	struct alike_maps *a = xcalloc(1, sizeof(*a));

	a->list.n = a->list.cap = read->n;
	if (!read->n)
		return a;
	a->list.items = xreallocarray(NULL, read->n, sizeof(*read->items));
	memcpy(a->list.items, read->items, read->n * sizeof(*read->items));
	return a;
}

static void hold(struct alike_maps **to, struct alike_maps *a)
{
	a->holders++;
	alike_maps_release(to);
	*to = a;
}

struct vma_list alike_maps_keep(struct alike_maps **kept, struct alike_maps **last,
				const struct vma_list *read)
{
	if (!has(*kept, read))
		hold(kept, has(*last, read) ? *last : copy(read));
	hold(last, *kept);
	return (*kept)->list;
}

void alike_maps_release(struct alike_maps **held)
{
	if (*held && !--(*held)->holders) {
		vma_list_release(&(*held)->list);
		free(*held);
	}
	*held = NULL;
}
