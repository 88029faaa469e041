#include "parse/malloc_glibc_walk.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "parse/malloc_glibc_cache.h"

/* struct malloc_chunk: mtrim() leaves so much of a free one alone. */
#define LINKS 48
/* The end of a piece: chunks of this size, or of none. */
#define FENCE 16
/* So many chunks in a row are no chance. */
#define ENOUGH 8

struct header {
	uint64_t before, size;
};

void glibc_walk_begin(struct glibc_walk *w, uint64_t first, uint64_t end, uint64_t top, uint64_t page_size)
{
	w->at = first;
	w->end = end;
	w->top = top;
	w->page_size = page_size;
	w->before = w->before_size = 0;
}

void glibc_walk_release(struct glibc_walk *w)
{
	free(w->pages);
	free(w->caches);
	glibc_fast_release(&w->fast);
	*w = (struct glibc_walk){ 0 };
}

static bool header_at(const unsigned char *bytes, size_t len, uint64_t address, uint64_t at,
		      struct header *ret)
{
	if (at < address || len < sizeof(*ret) || at - address > len - sizeof(*ret))
		return false;
	memcpy(ret, bytes + (at - address), sizeof(*ret));
	return true;
}

static bool is_whole(const struct glibc_walk *w, uint64_t at, const struct header *h)
{
	uint64_t size = h->size & GLIBC_SIZE;

	return size >= GLIBC_CHUNK_MIN && size % 16 == 0 && size <= w->end - at &&
	       !(h->size & GLIBC_IS_MAPPED);
}

static void add_pages(struct glibc_walk *w, uint64_t chunk, uint64_t size)
{
	uint64_t start = (chunk + LINKS + w->page_size - 1) / w->page_size * w->page_size;
	uint64_t end = (chunk + size) / w->page_size * w->page_size;

	if (start >= end)
		return;
	vec_room(&w->pages, w->npages, &w->pages_cap);
	w->pages[w->npages++] = (struct glibc_pages){ start, end };
}

/* The last one that was kept is free, and nothing beside it was. */
static void drop_lone(struct glibc_walk *w, uint64_t next)
{
	struct glibc_fast *f = &w->fast;
	const struct glibc_kept *last;

	if (!f->nkept)
		return;
	last = &f->kept[f->nkept - 1];
	if (!last->free || last->chunk + last->size == next ||
	    (f->nkept > 1 && last[-1].chunk + last[-1].size == last->chunk))
		return;
	add_pages(w, last->chunk, last->size);
	f->nkept--;
}

/* The chunk in front is free. */
static void count_free(struct glibc_walk *w, const struct header *behind)
{
	w->free += w->before_size;
	w->nfree++;
	w->wrong += behind->before != w->before_size;
	if (!w->fast.on || w->before_size > UINT32_MAX) {
		add_pages(w, w->before, w->before_size);
		return;
	}
	drop_lone(w, w->before);
	glibc_fast_keep(&w->fast, w->before, w->before_size, 0, true);
}

static void add_cache(struct glibc_walk *w)
{
	vec_room(&w->caches, w->ncaches, &w->caches_cap);
	w->caches[w->ncaches++] = w->before;
}

/* The chunk in front is in use: may it be a thread's cache, or in a fast bin? A cache that is not wholly there may. */
static void count_used(struct glibc_walk *w, const unsigned char *bytes, uint64_t address)
{
	if (w->fast.on && glibc_may_be_fast(&w->fast, w->before, w->before_size, w->before_word)) {
		drop_lone(w, w->before);
		glibc_fast_keep(&w->fast, w->before, w->before_size, w->before_word, false);
	}
	if (glibc_is_cache_size(w->before_size) &&
	    (w->before < address ||
	     glibc_is_cache(bytes + (w->before - address) + GLIBC_HEADER, w->before_size)))
		add_cache(w);
}

enum glibc_walk_step glibc_walk(struct glibc_walk *w, const unsigned char *bytes, size_t len,
				uint64_t address)
{
	struct header h;

	for (;;) {
		uint64_t word = 0;

		if (w->at == w->end)
			return GLIBC_WALK_END;
		if (!header_at(bytes, len, address, w->at, &h))
			return GLIBC_WALK_MORE;
		/* the word behind the header is wanted, too, if it can be had */
		if (len - (w->at - address) >= GLIBC_HEADER + sizeof(word))
			memcpy(&word, bytes + (w->at - address) + GLIBC_HEADER, sizeof(word));
		else if (w->at != address)
			return GLIBC_WALK_MORE;
		if (w->before_size && h.size & GLIBC_PREV_IN_USE)
			count_used(w, bytes, address);
		else if (w->before_size)
			count_free(w, &h);
		w->before_size = 0;
		if (w->at == w->top) {
			w->top_size = h.size & GLIBC_SIZE;
			return w->top_size <= w->end - w->at ? GLIBC_WALK_TOP : GLIBC_WALK_BROKEN;
		}
		if ((h.size & GLIBC_SIZE) == FENCE || (h.size & GLIBC_SIZE) == 0)
			return GLIBC_WALK_FENCE;
		if (!is_whole(w, w->at, &h))
			return GLIBC_WALK_BROKEN;
		w->chunks++;
		w->before = w->at;
		w->before_size = h.size & GLIBC_SIZE;
		w->before_word = word;
		w->at += w->before_size;
	}
}

void glibc_walk_pages(struct glibc_walk *w)
{
	struct glibc_pages run;
	size_t at = 0;

	while (glibc_fast_run(&w->fast, &at, &run))
		add_pages(w, run.start, run.end - run.start);
}

/* Do chunks follow each other from here on, as far as can be seen? */
static bool is_chain(const struct glibc_walk *w, const unsigned char *bytes, size_t len, uint64_t address,
		     uint64_t at)
{
	struct header h;

	for (int n = 0; n < ENOUGH; n++) {
		if (at == w->top || at == w->end)
			return true;
		if (!header_at(bytes, len, address, at, &h))
			return n > ENOUGH / 2;
		if (!is_whole(w, at, &h))
			return false;
		at += h.size & GLIBC_SIZE;
	}
	return true;
}

bool glibc_walk_skip(struct glibc_walk *w, const unsigned char *bytes, size_t len, uint64_t address)
{
	uint64_t from = w->at, last = address + len / 16 * 16;

	for (uint64_t at = from + 16; at < last && at < w->end; at += 16)
		if (is_chain(w, bytes, len, address, at)) {
			w->skipped += at - from;
			w->at = at;
			return true;
		}
	if (last > w->end)
		last = w->end;
	if (last > from) {
		w->skipped += last - from;
		w->at = last;
	}
	return false;
}
