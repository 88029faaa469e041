#include "heap/heap_image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/search.h"
#include "model/page_entry.h"
#include "sys/pagemap.h"

/* Blocks that are kept: 2 MiB, which a processor's cache holds, until a walk comes back to more than that; then up to
 * 32 MiB, and behind that it reads single pages. */
#define SLOTS_LEAST 16
#define SLOTS_MAX 256
/* All pages once, and each three times more for a walk that goes to and fro. */
#define BUDGET_TIMES 4
#define BUDGET_LEAST 4096
/* Mappings of more pages than that need PAGEMAP_SCAN: a reserved terabyte is no memory. */
#define UNSCANNED_MAX (1U << 20)
#define RANGES 256
#define HEAD 16

struct heap_slot {
	uint64_t block; /* address >> HEAP_BLOCK_SHIFT */
	bool used;
	uint32_t have; /* a bit a page: its bytes are here */
	unsigned char *bytes;
};

_Static_assert(HEAP_BLOCK_PAGES_MAX <= 32, "struct heap_slot has a bit a page");

/* Ascending; what touches the one before is joined with it. */
static void add_range(struct heap_image *h, uint64_t start, uint64_t end)
{
	struct heap_range *last = h->nranges ? &h->ranges[h->nranges - 1] : NULL;
	size_t n = (size_t)((end - start) / h->page_size);

	if (n > HEAP_PAGES_MAX - h->npages) {
		h->cut = true;
		n = HEAP_PAGES_MAX - h->npages;
		end = start + n * h->page_size;
	}
	if (!n)
		return;
	if (last && last->end == start) {
		last->end = end;
	} else {
		vec_room(&h->ranges, h->nranges, &h->ranges_cap);
		h->ranges[h->nranges++] = (struct heap_range){ start, end, h->npages };
	}
	h->npages += n;
}

static int add_populated(struct heap_image *h, const struct vma *v)
{
	uint64_t next = v->start / h->page_size, end = v->end / h->page_size;
	struct page_range ranges[RANGES];

	while (next < end) {
		uint64_t from = next;
		int n;

		if (pace_is_due(&h->pace, clock_now()))
			pace_pause();
		n = pagemap_populated(h->pagemap, from, end, ranges, RANGES, &next);
		pace_left(&h->pace, clock_now());
		if (n == -ESRCH)
			return n;
		if (n < 0 && end - from <= UNSCANNED_MAX)
			add_range(h, from * h->page_size, v->end);
		else if (n < 0)
			h->cut = true;
		if (n < 0)
			return 0;
		for (int i = 0; i < n; i++)
			add_range(h, ranges[i].start * h->page_size, ranges[i].end * h->page_size);
		if (next <= from)
			return 0;
	}
	return 0;
}

int heap_image_open(struct heap_image *h, const struct vma_list *maps, int pagemap, int mem)
{
	int r = 0;

	*h = (struct heap_image){ .pagemap = pagemap, .mem = mem };
	h->page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	for (size_t i = 0; i < maps->n && !r; i++) {
		const struct vma *v = &maps->items[i];

		if (v->kind == VMA_ANON && !v->stack && !v->hugetlb && v->end <= INT64_MAX)
			r = add_populated(h, v);
	}
	h->nslots = SLOTS_LEAST;
	h->slots = xcalloc(h->nslots, sizeof(*h->slots));
	h->seen = xcalloc(h->npages / 8 + 1, 1);
	h->budget = h->npages * BUDGET_TIMES + BUDGET_LEAST;
	return r;
}

void heap_image_release(struct heap_image *h)
{
	for (size_t i = 0; i < h->nslots; i++)
		free(h->slots[i].bytes);
	free(h->slots);
	free(h->ranges);
	free(h->seen);
	*h = (struct heap_image){ 0 };
}

static bool is_in(const struct heap_range *r, uint64_t address)
{
	return address >= r->start && address < r->end;
}

static struct heap_range *range_of(struct heap_image *h, uint64_t address)
{
	size_t i;

	if (h->latest < h->nranges && is_in(&h->ranges[h->latest], address))
		return &h->ranges[h->latest];
	i = search(at, h->nranges, h->ranges[at].end <= address);
	if (i == h->nranges || !is_in(&h->ranges[i], address))
		return NULL;
	h->latest = i;
	return &h->ranges[i];
}

size_t heap_image_page(struct heap_image *h, uint64_t address)
{
	const struct heap_range *r = range_of(h, address);

	return r ? r->first + (size_t)((address - r->start) / h->page_size) : SIZE_MAX;
}

uint64_t heap_image_address(const struct heap_image *h, size_t number)
{
	size_t i = search(at, h->nranges, h->ranges[at].first <= number) - 1;

	return h->ranges[i].start + (number - h->ranges[i].first) * h->page_size;
}

/* Tell of a page whose bytes are there, unless that was done. */
static void tell(struct heap_image *h, uint64_t address, const unsigned char *bytes)
{
	size_t number = heap_image_page(h, address);

	if (number == SIZE_MAX || h->seen[number / 8] >> number % 8 & 1)
		return;
	h->seen[number / 8] |= (uint8_t)(1U << number % 8);
	if (h->page)
		h->page(h->ctx, number, address, bytes);
}

/* Which pages of [from, to) of a block are of the image and present, a bit each. */
static uint32_t present(struct heap_image *h, uint64_t base, size_t from, size_t to)
{
	uint64_t entries[HEAP_BLOCK_PAGES_MAX];
	uint32_t ret = 0;

	if (pagemap_read(h->pagemap, base / h->page_size + from, entries, to - from))
		return 0;
	for (size_t i = from; i < to; i++)
		if (entries[i - from] & PM_PRESENT && range_of(h, base + i * h->page_size))
			ret |= 1U << i;
	return ret;
}

/* Read these pages of a block, those in a row at once. */
static void read_pages(struct heap_image *h, struct heap_slot *s, uint64_t base, uint32_t pages)
{
	while (pages) {
		size_t first = (size_t)__builtin_ctz(pages), n = 0;
		ssize_t got;

		while (first + n < 32 && pages >> (first + n) & 1)
			pages &= ~(1U << (first + n++));
		got = io_read_at(h->mem, s->bytes + first * h->page_size, n * h->page_size,
				 base + first * h->page_size);
		h->pages_read += n;
		/* less, when one went away meanwhile */
		for (size_t i = 0; got > 0 && i < (size_t)got / h->page_size; i++)
			s->have |= 1U << (first + i);
	}
}

static void load(struct heap_image *h, struct heap_slot *s, uint64_t base, size_t from, size_t to)
{
	uint32_t before = s->have;

	h->bytes = NULL;
	if (!s->bytes)
		s->bytes = xreallocarray(NULL, 1,
					 HEAP_BLOCK); /* not their zeros: `have` says what is there */
	if (pace_is_due(&h->pace, clock_now()))
		pace_pause();
	read_pages(h, s, base, present(h, base, from, to) & ~before);
	pace_left(&h->pace, clock_now());
	for (size_t i = from; i < to; i++)
		if ((s->have & ~before) >> i & 1)
			tell(h, base + i * h->page_size, s->bytes + i * h->page_size);
}

/* Was any page of the block told of? Then it is read anew page by page. */
static bool was_seen(struct heap_image *h, uint64_t base)
{
	for (uint64_t at = base; at < base + HEAP_BLOCK; at += h->page_size) {
		size_t number = heap_image_page(h, at);

		if (number != SIZE_MAX && h->seen[number / 8] >> number % 8 & 1)
			return true;
	}
	return false;
}

/* Twice as many slots. Those of two blocks that had one to share have their own then. */
static void add_slots(struct heap_image *h)
{
	struct heap_slot *old = h->slots;
	size_t n = h->nslots;

	h->nslots = 2 * n;
	h->slots = xcalloc(h->nslots, sizeof(*h->slots));
	for (size_t i = 0; i < n; i++)
		if (old[i].bytes)
			h->slots[old[i].block & (h->nslots - 1)] = old[i];
	free(old);
}

/* The slot of a block that no slot has; `again`: it had one before. */
static struct heap_slot *take_slot(struct heap_image *h, uint64_t block, bool again)
{
	struct heap_slot *s;

	h->again += again;
	if (h->again > h->nslots && h->nslots < SLOTS_MAX) {
		h->again = 0;
		add_slots(h);
	}
	s = &h->slots[block & (h->nslots - 1)];
	s->used = true;
	s->block = block;
	s->have = 0;
	return s;
}

static const unsigned char *bytes_at(struct heap_image *h, uint64_t address)
{
	uint64_t block = address >> HEAP_BLOCK_SHIFT, base = block << HEAP_BLOCK_SHIFT;
	struct heap_slot *s = &h->slots[block & (h->nslots - 1)];
	size_t page = (size_t)((address - base) / h->page_size);

	if (!s->used || s->block != block) {
		bool again = was_seen(h, base);

		s = take_slot(h, block, again);
		if (h->pages_read < h->budget && !again)
			load(h, s, base, 0, HEAP_BLOCK / h->page_size);
	}
	if (!(s->have >> page & 1) && h->pages_read < h->budget)
		load(h, s, base, page, page + 1);
	return s->have >> page & 1 ? s->bytes + (address - base) : NULL;
}

static bool image_read(void *ctx, uint64_t address, void *out, size_t len)
{
	struct heap_image *h = ctx;
	unsigned char *to = out;

	/* objects of one list lie together, and what is asked for most are the two words of a head */
	if (h->bytes && address - h->at < h->page_size && len <= h->page_size - (address - h->at)) {
		if (len == HEAD)
			memcpy(out, h->bytes + (address - h->at), HEAD);
		else
			memcpy(out, h->bytes + (address - h->at), len);
		return true;
	}
	while (len) {
		size_t at = address % h->page_size, n = h->page_size - at < len ? h->page_size - at : len;
		const unsigned char *from;

		if (range_of(h, address)) {
			from = bytes_at(h, address);
			if (!from)
				return false;
			memcpy(to, from, n);
			h->at = address - at;
			h->bytes = from - at;
		} else if (!h->other.read || !reader_read(&h->other, address, to, n)) {
			return false;
		}
		to += n;
		address += n;
		len -= n;
	}
	return true;
}

static void image_forget(void *ctx)
{
	struct heap_image *h = ctx;

	h->bytes = NULL;
	for (size_t i = 0; i < h->nslots; i++)
		h->slots[i].used = false;
	reader_forget(&h->other);
}

struct reader heap_image_reader(struct heap_image *h)
{
	return (struct reader){ image_read, image_forget, h };
}

bool heap_image_read_all(struct heap_image *h)
{
	for (size_t i = 0; i < h->nranges; i++) {
		const struct heap_range *r = &h->ranges[i];

		for (uint64_t at = r->start; at < r->end; at = (at | (HEAP_BLOCK - 1)) + 1) {
			if (h->pages_read >= h->budget)
				return false;
			bytes_at(h, at);
		}
	}
	return true;
}
