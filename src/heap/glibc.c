#include "heap/glibc.h"

#include <stdlib.h>
#include "base/alloc.h"
#include "heap/glibc_find.h"
#include "heap/glibc_mapped.h"
#include "heap/glibc_piece.h"
#include "parse/malloc_glibc_cache.h"

/* All heaps of all arenas: 1 TiB. */
#define HEAPS_MAX 16384
/* The main arena's pieces in mappings are larger: by default top_pad alone is 128 KiB. */
#define PIECE_MIN (64ULL << 10)
/* Where the main arena may go on, places that are looked at for nothing: 64 MiB of what others took of the break, 256
 * MiB of others' mappings. */
#define BREAK_MISSES_MAX (4U << 20)
#define MISSES_MAX 65536
/* What could not be followed, of what was walked: beyond it there is no amount. */
#define LOST_MAX 20

struct sums {
	struct allocator_scan *s;
	struct glibc_walk walk;
	struct glibc_listed cached;
	uint64_t fast; /* bytes in fast bins */
	uint64_t system, top, walked, main_walked;
	uint64_t top_whole;          /* whole pages of `top` */
	uint64_t main_top, main_end; /* of the main arena, if it ends where brk(2) does */
	size_t sorted;               /* areas that are in order: those of before this run of pieces */
	bool torn;                   /* a piece has not come to its end */
};

static bool in_areas(const void *ctx, uint64_t address)
{
	const struct allocator_inventory *i = ctx;
	const struct allocator_area *a = allocator_area_at(i, address);

	return a && a->kind == ALLOCATOR_GLIBC;
}

/* From where on the top at `at` has whole pages: MINSIZE of it stay. */
static uint64_t whole_top(const struct sums *sums, uint64_t at)
{
	uint64_t page = sums->s->run.page_size;

	return (at + GLIBC_CHUNK_MIN + page) / page * page;
}

static enum glibc_walk_step walk_piece(struct sums *sums, struct glibc_arena *a, uint64_t first, uint64_t end)
{
	enum glibc_walk_step step;

	glibc_walk_begin(&sums->walk, first, end, a->top, sums->s->run.page_size);
	step = glibc_piece(sums->s, &sums->walk, a);
	if (step == GLIBC_WALK_TOP) {
		uint64_t whole = whole_top(sums, sums->walk.at), to = sums->walk.at + sums->walk.top_size;

		sums->top += sums->walk.top_size;
		sums->top_whole += whole < to ? to - whole : 0;
	}
	return step;
}

static uint64_t piece_end(const struct sums *sums, enum glibc_walk_step step)
{
	/* the fence behind the last chunk: two of them */
	return sums->walk.at + (step == GLIBC_WALK_TOP   ? sums->walk.top_size :
				step == GLIBC_WALK_FENCE ? 32 :
							   0);
}

static bool is_brk(const struct sums *sums, uint64_t address)
{
	const struct vma_list *maps = sums->s->t->maps;

	for (size_t i = 0; i < maps->n; i++)
		if (maps->items[i].heap && maps->items[i].start <= address && address < maps->items[i].end)
			return true;
	return false;
}

static void add_piece(struct sums *sums, uint64_t first, uint64_t end)
{
	sums->main_walked += end - first;
	allocator_add_area(sums->s->ret, first, end, ALLOCATOR_GLIBC,
			   is_brk(sums, first) ? AREA_BRK : AREA_ARENA, 0);
}

/* Where the next piece of the main arena begins: anywhere behind what others moved the break by, or with a page. */
static uint64_t next_piece(struct sums *sums, uint64_t at, uint64_t end)
{
	bool brk = is_brk(sums, at);
	uint64_t step = brk ? 16 : sums->s->run.page_size;
	uint32_t left = brk ? BREAK_MISSES_MAX : MISSES_MAX;
	struct allocator_inventory others = *sums->s->ret;

	others.nareas = sums->sorted;
	at = (at + step - 1) / step * step;
	for (; at < end && left; left--) {
		const struct allocator_area *known = allocator_area_at(&others, at);

		if (!known && glibc_piece_begins(sums->s, at, end))
			return at;
		at = known ? (known->end + step - 1) / step * step : at + step;
	}
	return end;
}

/* The pieces of the main arena from `first` on, as far as memory goes on behind it: others may have moved the break in
 * between. True: its top was among them. */
static bool walk_main_from(struct sums *sums, struct glibc_arena *a, uint64_t first)
{
	uint64_t end = allocator_anon_end(sums->s, first);

	sums->sorted = sums->s->ret->nareas;
	while (first < end) {
		enum glibc_walk_step step = walk_piece(sums, a, first, end);
		uint64_t to = piece_end(sums, step);

		add_piece(sums, first, to);
		if (step == GLIBC_WALK_TOP) {
			sums->main_top = sums->walk.at;
			sums->main_end = to;
			return true;
		}
		if (step != GLIBC_WALK_FENCE) {
			sums->torn |= step == GLIBC_WALK_BROKEN;
			return false;
		}
		first = next_piece(sums, to, end);
		if (is_brk(sums, to) && first < end)
			sums->main_walked += first - to; /* what the others took counts as the arena's */
	}
	return false;
}

static void walk_main(struct sums *sums, struct glibc_arena *a, const struct glibc_found *found)
{
	const struct vma_list *maps = sums->s->t->maps;
	uint64_t first = found->counted ? found->counts.first : 0;

	for (size_t i = 0; i < maps->n && !first; i++)
		if (maps->items[i].heap)
			first = maps->items[i].start;
	sums->walk.fast.begins = first;
	sums->walk.fast.ends = a->top;
	if (first && a->system)
		walk_main_from(sums, a, first);
	allocator_sort_areas(sums->s->ret);
}

/* Is there more of the main arena than was found? */
static bool has_more(const struct sums *sums, const struct glibc_arena *a)
{
	return a->system >= sums->main_walked + PIECE_MIN;
}

/*
 * Where the break could not be moved, the main arena has mappings. Behind one another they may lie in one, and with
 * others' memory; those of all others whose places are known are known by now.
 */
static void walk_main_elsewhere(struct sums *sums, struct glibc_arena *a)
{
	const struct vma_list *maps = sums->s->t->maps;
	uint64_t page = sums->s->run.page_size;
	uint32_t left = MISSES_MAX;

	for (size_t i = 0; i < maps->n && has_more(sums, a); i++) {
		const struct vma *v = &maps->items[i];
		uint64_t at = v->kind == VMA_ANON && v->writable && !v->stack ? v->start : v->end;

		while (at + PIECE_MIN <= v->end && has_more(sums, a) && left) {
			const struct allocator_area *known = allocator_area_at(sums->s->ret, at);

			if (!known && glibc_piece_begins(sums->s, at, v->end)) {
				walk_main_from(sums, a, at);
				allocator_sort_areas(sums->s->ret);
				known = allocator_area_at(sums->s->ret, at);
			}
			left -= !known;
			at = known ? (known->end + page - 1) / page * page : at + page;
		}
	}
	sums->walked += sums->main_walked;
	if (!is_brk(sums, sums->main_top))
		sums->main_end = 0;
}

/* A heap of an arena that is not the main one. */
struct other {
	struct glibc_heap heap;
	uint32_t arena;
	bool last; /* its top is in it */
};

static int by_address(const void *a, const void *b)
{
	const struct other *x = a, *y = b;

	return (x->heap.address > y->heap.address) - (x->heap.address < y->heap.address);
}

/* All heaps of all arenas but the main one. */
static size_t find_others(struct sums *sums, const struct glibc_found *found, struct other **ret)
{
	struct other *others = NULL;
	size_t n = 0, cap = 0;

	for (size_t i = 1; i < found->narenas; i++) {
		struct other o = { .arena = (uint32_t)i, .last = true };
		const struct glibc_arena *a = &found->arenas[i];
		uint64_t align = 0;
		bool any = glibc_last_heap(&sums->s->r, a, &align, &o.heap);

		sums->torn |= !any;
		for (; any && n < HEAPS_MAX; any = glibc_heap_before(&sums->s->r, a, align, &o.heap)) {
			vec_room(&others, n, &cap);
			others[n++] = o;
			o.last = false;
		}
	}
	*ret = others;
	return n;
}

/* Upwards: what is kept of fast bins is in order then. */
static void walk_others(struct sums *sums, const struct glibc_found *found)
{
	struct other *others;
	size_t n = find_others(sums, found, &others);

	if (n)
		qsort(others, n, sizeof(*others), by_address);
	for (size_t i = 0; i < n; i++) {
		const struct glibc_heap *heap = &others[i].heap;
		enum glibc_walk_step step = walk_piece(sums, &found->arenas[others[i].arena], heap->first,
						       heap->end);

		/* between the last chunk of a heap and its end is nothing, in the last one its top */
		sums->torn |= step == GLIBC_WALK_BROKEN || (others[i].last && step != GLIBC_WALK_TOP);
		sums->walked += heap->end - heap->address;
		allocator_add_area(sums->s->ret, heap->address, heap->end, ALLOCATOR_GLIBC, AREA_ARENA,
				   others[i].arena);
	}
	free(others);
}

static void count_lists(struct sums *sums, const struct glibc_found *found)
{
	const struct allocator_inventory *ret = sums->s->ret;
	struct glibc_walk *w = &sums->walk;

	glibc_fast_sort(&w->fast);
	for (size_t i = 0; i < found->narenas && w->fast.on; i++)
		sums->torn |= !glibc_fast_follow(&w->fast, &sums->s->r, &found->arenas[i], &sums->fast);
	sums->torn |= w->fast.full;
	glibc_walk_pages(w);
	sums->cached.whole = true;
	/* more than there are chunks are in none */
	for (size_t i = 0; i < w->ncaches && sums->cached.chunks <= w->chunks; i++) {
		uint64_t size;

		if (reader_u64(&sums->s->r, w->caches[i] + 8, &size))
			glibc_list_cache(&sums->s->r, w->caches[i], size & GLIBC_SIZE, in_areas, ret,
					 &sums->cached);
	}
}

/* What malloc_trim(3) would give back: whole pages of free chunks, and of the main arena's top what systrim() takes off
 * the break. ABSENT: pagemap does not tell. */
static fact count_trimmable(struct sums *sums)
{
	struct mem_run *run = &sums->s->run;
	uint64_t page = run->page_size, all = 0, n, start;

	for (size_t i = 0; i < sums->walk.npages; i++) {
		if (!mem_run_present(run, sums->walk.pages[i].start, sums->walk.pages[i].end, &n))
			return ABSENT;
		all += n;
	}
	if (sums->main_end) {
		start = whole_top(sums, sums->main_top);
		if (start < sums->main_end && !mem_run_present(run, start, sums->main_end, &n))
			return ABSENT;
		all += start < sums->main_end ? n : 0;
	}
	return fact_times(all, page);
}

/* Whole pages that are free are those that a trim looks at, given back already or not, and those of tops. */
static fact count_pinned(const struct sums *sums)
{
	uint64_t whole = sums->top_whole, all = sums->walk.free + sums->fast + sums->top;

	for (size_t i = 0; i < sums->walk.npages; i++)
		whole += sums->walk.pages[i].end - sums->walk.pages[i].start;
	return whole <= all ? fact_of(all - whole) : ABSENT;
}

static void conclude(struct sums *sums, const struct glibc_found *found, struct allocator_facts *f)
{
	uint64_t away = sums->walk.free + sums->fast + sums->cached.bytes + sums->top;
	uint64_t gap = sums->walked > sums->system ? sums->walked - sums->system :
						     sums->system - sums->walked;

	f->arenas = (fact)found->narenas;
	f->held = fact_of(sums->system);
	if (found->counted) {
		f->mapped = fact_of(found->counts.mapped);
		f->nmapped = fact_of(found->counts.nmapped);
	}
	if (gap > sums->system / LOST_MAX || sums->walk.skipped > sums->system / LOST_MAX ||
	    away > sums->system) {
		f->why = sums->s->run.spent ? "it is more memory than may be read" :
					      "its chunks cannot be followed: not resident, or they move";
		return;
	}
	f->guessed = sums->torn || sums->walk.skipped || sums->walk.wrong || !sums->cached.whole ||
		     gap > sums->system / 100 + sums->s->run.page_size;
	f->used = fact_of(sums->system - away);
	f->own = 0;
	f->cached = fact_of(sums->cached.bytes);
	f->free = fact_of(sums->walk.free + sums->fast);
	f->top = fact_of(sums->top);
	f->trimmable = count_trimmable(sums);
	f->pinned = count_pinned(sums);
}

void glibc_inventory(struct allocator_scan *s)
{
	struct sums sums = { .s = s };
	struct glibc_found found;

	if (!glibc_find(s, &found))
		return;
	for (size_t i = 0; i < found.narenas; i++)
		glibc_fast_begin(&sums.walk.fast, &s->r, &found.arenas[i]);
	allocator_sort_areas(s->ret);
	walk_main(&sums, &found.arenas[0], &found);
	walk_others(&sums, &found);
	allocator_sort_areas(s->ret);
	walk_main_elsewhere(&sums, &found.arenas[0]);
	allocator_sort_areas(s->ret);
	reader_forget(&s->r);
	for (size_t i = 0; i < found.narenas; i++) {
		glibc_read_again(&s->r, &found.arenas[i]);
		sums.system += found.arenas[i].system;
	}
	count_lists(&sums, &found);
	conclude(&sums, &found, allocator_add(s->ret, ALLOCATOR_GLIBC, ALLOCATOR_BY_STATE));
	glibc_mapped_areas(s, found.counted ? found.counts.nmapped : 0);
	glibc_walk_release(&sums.walk);
	glibc_found_release(&found);
}
