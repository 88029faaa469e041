#include "parse/malloc_glibc_fast.h"

#include <stdlib.h>
#include "base/alloc.h"
#include "base/search.h"

/* 128 MiB of them. */
#define KEPT_MAX (4U << 20)

void glibc_fast_release(struct glibc_fast *f)
{
	free(f->kept);
	*f = (struct glibc_fast){ 0 };
}

void glibc_fast_begin(struct glibc_fast *f, const struct reader *r, const struct glibc_arena *a)
{
	for (uint32_t i = 0; i < a->nfast; i++) {
		uint64_t chunk, word, next;

		if (!reader_u64(r, a->fast + i * 8, &chunk) || !chunk || chunk > UINT64_MAX - GLIBC_HEADER ||
		    !reader_u64(r, chunk + GLIBC_HEADER, &word))
			continue;
		f->on = true;
		/* the last link of a list is 0; one that is not mixed leads to a chunk of the list's size */
		next = word ^ (chunk + GLIBC_HEADER) >> 12;
		if (!next || (word && next % 16 == 0 && reader_u64(r, next + 8, &word) &&
			      (word & GLIBC_SIZE) == GLIBC_CHUNK_MIN + i * 16))
			f->mixed = true;
	}
}

void glibc_fast_keep(struct glibc_fast *f, uint64_t chunk, uint64_t size, uint64_t word, bool free)
{
	if (f->nkept == KEPT_MAX || size > UINT32_MAX) {
		f->full = true;
		return;
	}
	vec_room(&f->kept, f->nkept, &f->cap);
	f->kept[f->nkept++] = (struct glibc_kept){ chunk, word, (uint32_t)size, free };
}

static int by_chunk(const void *a, const void *b)
{
	const struct glibc_kept *x = a, *y = b;

	return (x->chunk > y->chunk) - (x->chunk < y->chunk);
}

void glibc_fast_sort(struct glibc_fast *f)
{
	size_t i = 1;

	/* each walk went upwards */
	while (i < f->nkept && f->kept[i - 1].chunk <= f->kept[i].chunk)
		i++;
	if (i < f->nkept)
		qsort(f->kept, f->nkept, sizeof(*f->kept), by_chunk);
}

/* Where a chunk is, or would be, among those that were kept. What was freed one after the other mostly lies near each
 * other: from `near` on in larger and larger steps, then by halves. */
static size_t place_of(const struct glibc_fast *f, uint64_t chunk, size_t near)
{
	size_t low = 0, high = f->nkept, step = 1;

	if (f->kept[near].chunk < chunk) {
		for (low = near + 1; near + step < f->nkept && f->kept[near + step].chunk < chunk; step *= 2)
			low = near + step + 1;
		if (near + step < f->nkept)
			high = near + step;
	} else {
		for (high = near; step <= near && f->kept[near - step].chunk >= chunk; step *= 2)
			high = near - step;
		if (step <= near)
			low = near - step + 1;
	}
	return low + search(at, high - low, f->kept[low + at].chunk < chunk);
}

static bool follow(struct glibc_fast *f, uint64_t chunk, uint32_t size, uint64_t *bytes)
{
	size_t near = 0;

	while (chunk) {
		size_t i = f->nkept ? place_of(f, chunk, near) : 0;
		struct glibc_kept *k;

		if (i == f->nkept)
			return false;
		k = &f->kept[i];
		/* one that is free already was there before: a circle */
		if (k->chunk != chunk || k->size != size || k->free)
			return false;
		k->free = true;
		*bytes += size;
		chunk = f->mixed ? k->link ^ (chunk + GLIBC_HEADER) >> 12 : k->link;
		near = i;
	}
	return true;
}

bool glibc_fast_follow(struct glibc_fast *f, const struct reader *r, const struct glibc_arena *a,
		       uint64_t *bytes)
{
	bool whole = true;
	uint64_t chunk;

	for (uint32_t i = 0; i < a->nfast; i++)
		whole &= reader_u64(r, a->fast + i * 8, &chunk) &&
			 follow(f, chunk, GLIBC_CHUNK_MIN + i * 16, bytes);
	return whole;
}

bool glibc_fast_run(const struct glibc_fast *f, size_t *at, struct glibc_pages *ret)
{
	while (*at < f->nkept) {
		const struct glibc_kept *k = &f->kept[(*at)++];

		if (!k->free)
			continue;
		*ret = (struct glibc_pages){ k->chunk, k->chunk + k->size };
		while (*at < f->nkept && f->kept[*at].free && f->kept[*at].chunk == ret->end)
			ret->end += f->kept[(*at)++].size;
		return true;
	}
	return false;
}
