#include "heap/inventory.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "heap/types.h"
#include "parse/cpython_heads.h"
#include "parse/cpython_objects.h"
#include "parse/cpython_version.h"
#include "sys/image.h"

/* For types and states: pages kept, and pages read at most. */
#define IMAGE_SLOTS 256
#define IMAGE_BUDGET (256U << 10)
/* Tracked objects in all tries: some 16 GiB of them. */
#define OBJECTS_MAX (128U << 20)

struct taking {
	struct inventory *inv;
	struct heap_image heap;
	struct image image;
	struct types types;
	uint32_t minor;
	uint64_t low, high; /* where types can lie */
	uint64_t head_rest; /* of what a collection writes of a head, its last word is so far behind */
	uint64_t noted;     /* the page that was noted last as that of a head */
};

static void taking_release(struct taking *t)
{
	types_release(&t->types);
	heap_image_release(&t->heap);
	image_release(&t->image);
}

/* A pool of several pages says what it is on the first one; they are all of a block, which is read in order. */
static void note_pool(struct taking *t, size_t number, uint64_t address, const unsigned char *bytes)
{
	size_t pool = cpython_pool_size(t->minor), pages = pool / t->inv->page_size;
	int class = address % pool ? -1 : cpython_pool_class(bytes, address, t->minor);

	for (size_t i = 0; class >= 0 && i < (pages ? pages : 1); i++)
		if (heap_image_page(&t->heap, address + i * t->inv->page_size) == number + i)
			t->inv->pools[number + i] = (uint8_t) class;
}

static void note_page(void *ctx, size_t number, uint64_t address, const unsigned char *bytes)
{
	struct taking *t = ctx;
	uint8_t *class = &t->inv->classes[number];

	note_pool(t, number, address, bytes);
	if (*class != HEAP_UNREAD)
		return;
	*class = cpython_any_counted(bytes, t->inv->page_size, t->minor, t->low, t->high, types_has,
				     &t->types) ?
			 HEAP_COUNTED :
			 HEAP_OTHER;
}

static void note_head(void *ctx, uint64_t head)
{
	struct taking *t = ctx;
	uint64_t page_size = t->inv->page_size;
	size_t number;

	if (head + t->head_rest - t->noted < page_size && head >= t->noted)
		return;
	t->noted = head & ~(page_size - 1);
	number = heap_image_page(&t->heap, head);
	if (number != SIZE_MAX)
		t->inv->classes[number] = HEAP_TRACKED;
	if (head + t->head_rest - t->noted < page_size)
		return;
	number = heap_image_page(&t->heap, head + t->head_rest);
	if (number != SIZE_MAX)
		t->inv->classes[number] = HEAP_TRACKED;
}

static const char *const walk_failed[] = {
	[CPYTHON_WALK_CHANGED] =
		"the lists of its collector changed while they were read: it collects all the time",
	[CPYTHON_WALK_LONG] = "its collector tracks more objects than are looked at",
	[CPYTHON_WALK_UNREAD] = "its collector's state cannot be read now",
};

static int take(struct taking *t, const struct inventory_target *target, const char **why)
{
	const struct cpython *c = target->python;
	struct reader types = mem_reader(&t->image.mem), heap;
	enum cpython_walk walk;

	types_init(&t->types, &types);
	t->heap.other = types;
	t->heap.page = note_page;
	t->heap.ctx = t;
	heap = heap_image_reader(&t->heap);
	walk = cpython_heads_walk(&heap, c, OBJECTS_MAX, note_head, t, &t->inv->objects);
	if (walk != CPYTHON_WALK_DONE) {
		*why = walk_failed[walk];
		return -1;
	}
	if (!heap_image_read_all(&t->heap))
		t->inv->cut = true;
	return 0;
}

void inventory_bounds(const struct vma_list *maps, uint64_t *ret_low, uint64_t *ret_high)
{
	*ret_low = *ret_high = maps->n ? maps->items[0].start : 0;
	for (size_t i = 0; i < maps->n; i++)
		if (maps->items[i].kind == VMA_ANON || maps->items[i].kind == VMA_FILE_PRIVATE)
			*ret_high = maps->items[i].end;
}

static void sum_up(struct taking *t)
{
	struct inventory *inv = t->inv;

	inv->cut |= t->heap.cut;
	for (size_t i = 0; i < inv->npages; i++)
		inv->of_class[inv->classes[i]]++;
	inv->ranges = t->heap.ranges;
	inv->nranges = t->heap.nranges;
	t->heap.ranges = NULL;
	t->heap.nranges = 0;
}

int inventory_read(const struct inventory_target *target, struct inventory *ret, const char **why)
{
	cleanup(taking_release) struct taking t = { .inv = ret };
	int64_t began = clock_ns(CLOCK_PROCESS_CPUTIME_ID);

	*ret = (struct inventory){ 0 };
	if (!cpython_heads_known(target->python, why))
		return -1;
	t.minor = CPYTHON_MINOR(target->python->version);
	/* gc_refs of the long heads follows the two links */
	t.head_rest = cpython_head_size(target->python) > 16 ? 16 : 0;
	image_init(&t.image, target->fs, target->pid, target->maps, target->maps_text, target->pagemap,
		   target->mem, IMAGE_SLOTS, IMAGE_BUDGET);
	inventory_bounds(target->maps, &t.low, &t.high);
	if (heap_image_open(&t.heap, target->maps, target->pagemap, target->mem)) {
		*why = "its page map cannot be read";
		return -1;
	}
	ret->page_size = t.heap.page_size;
	ret->npages = t.heap.npages;
	ret->classes = xcalloc(ret->npages + 1, 1);
	ret->pools = xcalloc(ret->npages + 1, 1);
	memset(ret->pools, HEAP_NO_POOL, ret->npages + 1);
	if (take(&t, target, why)) {
		inventory_release(ret);
		return -1;
	}
	sum_up(&t);
	ret->cost_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - began;
	return 0;
}

void inventory_release(struct inventory *inv)
{
	free(inv->ranges);
	free(inv->classes);
	free(inv->pools);
	*inv = (struct inventory){ 0 };
}
