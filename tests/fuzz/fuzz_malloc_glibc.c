/*
 * parse/malloc_glibc.h and the walk over chunks, in memory that lies. An input is that memory; its first two words, cut
 * to its size, are where a walk begins and where the top is. What comes out lies within what was given, and the work is
 * bounded by it.
 */
#include <stdbool.h>
#include <string.h>
#include "base/cleanup.h"
#include "fuzz.h"
#include "lib/memory.h"
#include "parse/malloc_glibc_cache.h"
#include "parse/malloc_glibc_walk.h"

#define READS_MAX 2000000

struct span {
	uint64_t start, end;
};

static bool in_memory(const void *ctx, uint64_t address)
{
	const struct span *s = ctx;

	return address >= s->start && address < s->end;
}

static void check_walk(struct glibc_walk *w, const struct memory *m, const struct span *all)
{
	const unsigned char *bytes = m->bytes;
	uint64_t sum = 0;

	for (size_t step = 24; step < 1 << 14; step = step * 3 + 1) {
		enum glibc_walk_step result;
		uint64_t before = 0;

		do {
			uint64_t at = w->at;
			size_t left = (size_t)(all->end - at), len = left < step ? left : step;

			must(at >= all->start && at <= all->end && at >= before);
			result = glibc_walk(w, bytes + (at - MEMORY_BASE), len, at);
			if (result == GLIBC_WALK_MORE && (w->at == at || all->end - w->at < 16))
				break;
			before = at;
			if (result == GLIBC_WALK_BROKEN && glibc_walk_skip(w, bytes + (w->at - MEMORY_BASE),
									   (size_t)(all->end - w->at), w->at))
				result = GLIBC_WALK_MORE;
		} while (result == GLIBC_WALK_MORE);
	}
	for (size_t i = 0; i < w->npages; i++)
		must(in_memory(all, w->pages[i].start) && w->pages[i].start < w->pages[i].end &&
		     w->pages[i].end <= all->end);
	for (size_t i = 0; i < w->fast.nkept; i++)
		sum += w->fast.kept[i].size;
	must(sum <= (all->end - all->start) * 16);
}

static void check_arenas(const struct reader *r, struct memory *m, struct glibc_walk *w,
			 const struct span *all)
{
	static struct glibc_arena arenas[GLIBC_ARENAS_MAX];
	struct glibc_counts counts;
	struct glibc_heap heap;

	for (size_t at = 0; (at = glibc_find_bins(m->bytes, m->size, MEMORY_BASE, at)) < m->size; at += 8) {
		size_t n = glibc_read_arenas(r, MEMORY_BASE + at, arenas);
		uint64_t align = 0, bytes = 0;

		must(n <= GLIBC_ARENAS_MAX);
		for (size_t i = 0; i < n && i < 4; i++) {
			must(arenas[i].end > arenas[i].address);
			glibc_fast_begin(&w->fast, r, &arenas[i]);
			if (glibc_last_heap(r, &arenas[i], &align, &heap) &&
			    glibc_heap_before(r, &arenas[i], align, &heap))
				must(heap.first < heap.end && heap.address % align == 0);
		}
		check_walk(w, m, all);
		glibc_fast_sort(&w->fast);
		for (size_t i = 0; i < n && i < 4; i++)
			glibc_fast_follow(&w->fast, r, &arenas[i], &bytes);
		must(bytes <= (all->end - all->start) * 16);
		glibc_walk_pages(w);
		if (n && glibc_find_counts(m->bytes, m->size, r, &counts))
			must(counts.first % 16 == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(glibc_walk_release) struct glibc_walk w = { 0 };
	struct memory in = { (unsigned char *)data, size / 16 * 16, 0 };
	struct reader r = memory_reader(&in);
	struct span all = { MEMORY_BASE, MEMORY_BASE + in.size };
	struct glibc_listed sum = { .whole = true };
	uint64_t from, top, end;

	if (in.size < 64)
		return 0;
	memcpy(&from, data, 8);
	memcpy(&top, data + 8, 8);
	glibc_walk_begin(&w, MEMORY_BASE + from % in.size / 16 * 16, all.end, MEMORY_BASE + top % in.size,
			 4096);
	check_arenas(&r, &in, &w, &all);
	check_walk(&w, &in, &all);
	for (size_t at = 0; at < in.size; at += 16) {
		static const uint64_t sizes[] = { 0x250, 0x290, 0x300 };

		for (size_t i = 0; i < 3 && at % 256 == 0; i++)
			if (glibc_list_cache(&r, MEMORY_BASE + at, sizes[i], in_memory, &all, &sum))
				must(sum.chunks > 0);
		if (glibc_is_mapped(data + at, MEMORY_BASE + at, all.end, 4096, &end))
			must(end > MEMORY_BASE + at && end <= all.end);
	}
	must(in.reads < READS_MAX);
	return 0;
}
