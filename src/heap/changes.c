#include "heap/changes.h"

#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "heap/types.h"
#include "model/page_entry.h"
#include "parse/cpython_version.h"
#include "sys/image.h"
#include "sys/pace.h"
#include "sys/pagemap.h"

#define IMAGE_SLOTS 256
#define IMAGE_BUDGET (64U << 10)
/* Pages that are read at once. */
#define RUN_MAX 32

/* A process whose pages are compared. */
struct side {
	int pagemap, mem;
	struct pace pace;
	unsigned char *bytes; /* of a run */
};

/* Pages in a row, those of them that are present: a bit each whose bytes were read. */
static uint32_t read_run(struct side *s, uint64_t page, size_t n, size_t page_size)
{
	uint64_t entries[RUN_MAX];
	uint32_t have = 0;

	if (pace_is_due(&s->pace, clock_now()))
		pace_pause();
	if (pagemap_read(s->pagemap, page, entries, n) == 0)
		for (size_t i = 0; i < n; i++)
			if (entries[i] & PM_PRESENT &&
			    mem_read_page(s->mem, page + i, s->bytes + i * page_size, page_size) == 0)
				have |= 1U << i;
	pace_left(&s->pace, clock_now());
	return have;
}

static void compare_run(struct side sides[2], const struct inventory *inv, struct cpython_page *p,
			size_t number, uint64_t address, size_t n, uint8_t *ret)
{
	uint32_t have = read_run(&sides[0], address / inv->page_size, n, inv->page_size);

	have &= read_run(&sides[1], address / inv->page_size, n, inv->page_size);
	for (size_t i = 0; i < n; i++) {
		if (!(have >> i & 1))
			continue;
		p->address = address + i * inv->page_size;
		p->pool = inv->pools[number + i] != HEAP_NO_POOL;
		ret[number + i] = (uint8_t)cpython_words_written(p, sides[0].bytes + i * inv->page_size,
								 sides[1].bytes + i * inv->page_size,
								 inv->page_size);
	}
}

static void compare_all(struct side sides[2], const struct inventory *inv, struct cpython_page *p,
			const bool *wanted, uint8_t *ret)
{
	for (size_t r = 0; r < inv->nranges; r++) {
		const struct heap_range *range = &inv->ranges[r];
		size_t end = range->first + (size_t)((range->end - range->start) / inv->page_size), n;

		for (size_t i = range->first; i < end; i += n) {
			n = 1;
			if (!wanted[i])
				continue;
			while (n < RUN_MAX && i + n < end && wanted[i + n])
				n++;
			compare_run(sides, inv, p, i, range->start + (i - range->first) * inv->page_size, n,
				    ret);
		}
	}
}

void changes_read(const struct inventory_target *master, const struct inventory *inv,
		  const struct changes_of *of, const bool *wanted, uint8_t *ret)
{
	cleanup(image_release) struct image image = { 0 };
	cleanup(types_release) struct types types = { 0 };
	cleanup_free unsigned char *a = xreallocarray(NULL, RUN_MAX, inv->page_size);
	cleanup_free unsigned char *b = xreallocarray(NULL, RUN_MAX, inv->page_size);
	struct side sides[2] = { { master->pagemap, master->mem, { 0 }, a },
				 { of->pagemap, of->mem, { 0 }, b } };
	struct cpython_page p = { .minor = CPYTHON_MINOR(master->python->version),
				  .is_type = types_has,
				  .ctx = &types };
	struct reader reader;

	memset(ret, WROTE_UNREAD, inv->npages);
	image_init(&image, master->fs, master->pid, master->maps, master->maps_text, master->pagemap,
		   master->mem, IMAGE_SLOTS, IMAGE_BUDGET);
	reader = mem_reader(&image.mem);
	types_init(&types, &reader);
	inventory_bounds(master->maps, &p.low, &p.high);
	compare_all(sides, inv, &p, wanted, ret);
}
