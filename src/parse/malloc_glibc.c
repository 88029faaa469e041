#include "parse/malloc_glibc.h"

#include <string.h>

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

#define BINS_BYTES (GLIBC_BINS * 16)
/* How far in front of the bins the structure begins: with fast bins, from 2.27 and up to 2.26; without. */
static const uint32_t befores[] = { 112, 104, 24 };
/* Behind the bins, after the 16 bytes of their map. */
#define NEXT (BINS_BYTES + 16)
#define SYSTEM (NEXT + 24)
#define STATE_END (NEXT + 40)

/* TCACHE_MAX_BINS */
#define CACHE_BINS_MAX 76

#define ADDRESS_MAX (1ULL << 56)

static uint64_t word(const unsigned char *bytes, size_t at)
{
	uint64_t w;

	memcpy(&w, bytes + at, sizeof(w));
	return w;
}

static bool is_chunk(uint64_t address)
{
	return address && address % 16 == 0 && address < ADDRESS_MAX;
}

/* The two ends of a bin's list: chunks, or for both the place where a chunk's list would lie as the bin's own does. */
static bool is_bin(const unsigned char *bytes, size_t at, uint64_t address, bool *ret_empty)
{
	uint64_t first = word(bytes, at), last = word(bytes, at + 8), self = address + at - GLIBC_HEADER;

	*ret_empty = first == self && last == self;
	return *ret_empty || (first != self && last != self && is_chunk(first) && is_chunk(last));
}

size_t glibc_find_bins(const unsigned char *bytes, size_t len, uint64_t address, size_t from)
{
	for (size_t at = from; len >= STATE_END && at <= len - STATE_END; at += 8) {
		bool empty = false;
		int n = 0;

		/* the last one first: no chunk is large enough for it */
		if (!is_bin(bytes, at + BINS_BYTES - 16, address, &empty) || !empty)
			continue;
		while (n < GLIBC_BINS && is_bin(bytes, at + (size_t)n * 16, address, &empty))
			n++;
		if (n == GLIBC_BINS)
			return at;
	}
	return len;
}

/* With a structure that begins `before` bytes in front of its bins. */
static bool read_arena(const struct reader *r, uint64_t address, uint32_t before, struct glibc_arena *ret)
{
	uint64_t tail[5], top;

	if (!reader_read(r, address + before + NEXT, tail, sizeof(tail)) ||
	    !reader_u64(r, address + before - 16, &top))
		return false;
	*ret = (struct glibc_arena){
		.address = address,
		.end = address + before + STATE_END,
		.fast = address + before - 16 - (before == 24 ? 0 : 80),
		.nfast = before == 24 ? 0 : 10,
		.top = top,
		.next = tail[0],
		.system = tail[3],
	};
	/* system_mem, max_system_mem */
	return tail[3] <= tail[4] && tail[4] < ADDRESS_MAX && is_chunk(top);
}

static size_t read_ring(const struct reader *r, uint64_t bins, uint32_t before, struct glibc_arena *ret)
{
	uint64_t first = bins - before, at = first;

	for (size_t n = 0; n < GLIBC_ARENAS_MAX; n++) {
		if (!is_chunk(at + 16 - at % 16) || !read_arena(r, at, before, &ret[n]))
			return 0;
		at = ret[n].next;
		if (at == first)
			return n + 1;
	}
	return 0;
}

size_t glibc_read_arenas(const struct reader *r, uint64_t bins, struct glibc_arena *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < LENGTH(befores) && !n; i++)
		if (bins > befores[i])
			n = read_ring(r, bins, befores[i], ret);
	return n;
}

bool glibc_read_again(const struct reader *r, struct glibc_arena *a)
{
	return read_arena(r, a->address, (uint32_t)(a->end - STATE_END - a->address), a);
}

/* struct malloc_par: from its counts of mappings on, which 2.35 moved by 4 bytes. */
struct par {
	uint32_t n, max_allowed, max_n, no_dynamic;
	uint64_t mapped, max_mapped, first;
};

/* 2.43 takes off less than it adds where a block was resized: the sums need not be of pages, nor come back to 0. */
static bool is_par(const struct par *p)
{
	return p->n <= p->max_n && p->no_dynamic <= 1 && p->mapped <= p->max_mapped &&
	       p->max_mapped < ADDRESS_MAX && p->mapped / 2048 >= p->n && (p->n || p->mapped < 1U << 20) &&
	       (p->max_n == 0) == (p->max_mapped == 0) && p->first && p->first < ADDRESS_MAX;
}

/* Is the first chunk what it must be? Nothing in front of it is free, and it is of the main arena. What sbrk(2) gave
 * need not be aligned: a static program has its thread's memory from there, too. */
static bool begins_there(const struct reader *r, uint64_t first)
{
	uint64_t size;

	return reader_u64(r, (first + 15) / 16 * 16 + 8, &size) && (size & 7) == GLIBC_PREV_IN_USE &&
	       size >= GLIBC_CHUNK_MIN && (size & GLIBC_SIZE) % 16 == 0 && size < ADDRESS_MAX;
}

bool glibc_find_counts(const unsigned char *bytes, size_t len, const struct reader *r,
		       struct glibc_counts *ret)
{
	for (size_t at = 24; at + 32 <= len; at += 8)
		for (size_t gap = 16; gap <= 20; gap += 4) {
			struct par p;

			memcpy(&p.n, bytes + at - gap, 16);
			p.mapped = word(bytes, at);
			p.max_mapped = word(bytes, at + 8);
			p.first = word(bytes, at + 16);
			/* n_mmaps_max as it is (DEFAULT_MMAP_MAX), or as mallopt(3) set it; and tcache_bins */
			if ((p.max_allowed != 65536 && (!p.no_dynamic || p.max_allowed < p.n)) ||
			    word(bytes, at + 24) > CACHE_BINS_MAX)
				continue;
			if (!is_par(&p) || !begins_there(r, p.first))
				continue;
			*ret = (struct glibc_counts){ (p.first + 15) / 16 * 16, p.mapped, p.n };
			return true;
		}
	return false;
}

/* heap_info: ar_ptr, prev, size. Behind it, in the first heap of an arena, the arena itself. */
static bool read_heap(const struct reader *r, const struct glibc_arena *a, uint64_t at, uint64_t align,
		      struct glibc_heap *ret)
{
	uint64_t info[3], head;

	if (!reader_read(r, at, info, sizeof(info)) || info[0] != a->address || info[2] > align ||
	    info[2] < 4096 || info[2] % 4096 || info[1] % align || info[1] >= ADDRESS_MAX)
		return false;
	/* the arena follows the head of its first heap: so long is a head */
	head = a->address % align;
	*ret = (struct glibc_heap){ at, info[1], at + head, at + info[2] };
	if (a->address - at < align)
		ret->first = (a->end + 15) / 16 * 16;
	return head >= 32 && head <= 64 && ret->first < ret->end;
}

bool glibc_last_heap(const struct reader *r, const struct glibc_arena *a, uint64_t *align,
		     struct glibc_heap *ret)
{
	/* heap_max_size(): HEAP_MAX_SIZE; 4 huge pages of 2 MiB, 32 MiB, 512 MiB, 1 GiB */
	static const uint64_t aligns[] = { 64ULL << 20, 8ULL << 20, 128ULL << 20, 2ULL << 30, 4ULL << 30 };

	for (size_t i = 0; i < LENGTH(aligns); i++)
		if ((!*align || *align == aligns[i]) &&
		    read_heap(r, a, a->top / aligns[i] * aligns[i], aligns[i], ret)) {
			*align = aligns[i];
			return true;
		}
	return false;
}

bool glibc_heap_before(const struct reader *r, const struct glibc_arena *a, uint64_t align,
		       struct glibc_heap *heap)
{
	return heap->prev && read_heap(r, a, heap->prev, align, heap);
}

bool glibc_is_mapped(const unsigned char header[GLIBC_HEADER], uint64_t address, uint64_t end,
		     uint64_t page_size, uint64_t *ret_end)
{
	uint64_t before = word(header, 0), size = word(header, 8), bytes = size & GLIBC_SIZE;

	/* up to 2.42 the size is that of the whole mapping, then less its header; 1 in front: of huge pages */
	if (before > 1 || (size & 7) != GLIBC_IS_MAPPED || bytes < page_size - GLIBC_HEADER ||
	    bytes > end - address || (bytes % page_size && (bytes + GLIBC_HEADER) % page_size))
		return false;
	*ret_end = address + (bytes + page_size - 1) / page_size * page_size;
	return *ret_end <= end;
}
