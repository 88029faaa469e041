#include "parse/malloc_glibc_walk.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "parse/malloc_glibc_lists.h"

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

/* The chunk in front is free. */
static void count_free(struct glibc_walk *w, const struct header *behind)
{
	uint64_t start = (w->before + LINKS + w->page_size - 1) / w->page_size * w->page_size;
	uint64_t end = (w->before + w->before_size) / w->page_size * w->page_size;

	w->free += w->before_size;
	w->nfree++;
	w->wrong += behind->before != w->before_size;
	if (start >= end)
		return;
	vec_room(&w->pages, w->npages, &w->pages_cap);
	w->pages[w->npages++] = (struct glibc_pages){ start, end };
}

static void add_cache(struct glibc_walk *w)
{
	vec_room(&w->caches, w->ncaches, &w->caches_cap);
	w->caches[w->ncaches++] = w->before;
}

/* The chunk in front is in use: is it a thread's cache? One that is not wholly there may be. */
static void look_for_cache(struct glibc_walk *w, const unsigned char *bytes, uint64_t address)
{
	if (!glibc_is_cache_size(w->before_size))
		return;
	if (w->before < address ||
	    glibc_is_cache(bytes + (w->before - address) + GLIBC_HEADER, w->before_size))
		add_cache(w);
}

enum glibc_walk_step glibc_walk(struct glibc_walk *w, const unsigned char *bytes, size_t len,
				uint64_t address)
{
	struct header h;

	for (;;) {
		if (w->at == w->end)
			return GLIBC_WALK_END;
		if (!header_at(bytes, len, address, w->at, &h))
			return GLIBC_WALK_MORE;
		if (w->before_size) {
			if (h.size & GLIBC_PREV_IN_USE)
				look_for_cache(w, bytes, address);
			else
				count_free(w, &h);
		}
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
		w->at += w->before_size;
	}
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
