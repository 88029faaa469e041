#include "parse/malloc_glibc_cache.h"

#include <string.h>

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

#define CACHE_BINS_MAX 76
#define SMALL_BINS 64
#define CACHE_BYTES_MAX 760

/* How the structure lies in its chunk. */
static const struct cache_layout {
	uint16_t chunk_size, bins;
	uint8_t count_bytes;
	bool counts_down; /* 2.42: how many more a list takes, of the same for all */
} layouts[] = {
	{ 0x250, 64, 1, false },
	{ 0x290, 64, 2, false },
	{ 0x300, 76, 2, true },
};

static const struct cache_layout *layout_of(uint64_t chunk_size)
{
	for (size_t i = 0; i < LENGTH(layouts); i++)
		if (layouts[i].chunk_size == chunk_size)
			return &layouts[i];
	return NULL;
}

bool glibc_is_cache_size(uint64_t chunk_size)
{
	return layout_of(chunk_size) != NULL;
}

static uint32_t count_of(const struct cache_layout *l, const unsigned char *bytes, size_t bin)
{
	uint16_t n;

	if (l->count_bytes == 1)
		return bytes[bin];
	memcpy(&n, bytes + bin * 2, sizeof(n));
	return n;
}

static uint64_t entry_of(const struct cache_layout *l, const unsigned char *bytes, size_t bin)
{
	uint64_t entry;

	memcpy(&entry, bytes + l->bins * l->count_bytes + bin * 8, sizeof(entry));
	return entry;
}

/* How many the counts say. Counting down begins at the same number for all that are not switched off. */
static uint32_t room_of(const struct cache_layout *l, const unsigned char *bytes)
{
	uint32_t room = 0;

	for (size_t i = 0; l->counts_down && i < l->bins; i++)
		if (count_of(l, bytes, i) > room)
			room = count_of(l, bytes, i);
	return room;
}

bool glibc_is_cache(const unsigned char *bytes, uint64_t chunk_size)
{
	const struct cache_layout *l = layout_of(chunk_size);
	uint32_t room = l ? room_of(l, bytes) : 0;
	bool any = false;

	for (size_t i = 0; l && i < l->bins; i++) {
		uint64_t entry = entry_of(l, bytes, i);
		uint32_t count = count_of(l, bytes, i);

		if (entry % 16 || entry >> 56)
			return false;
		if (!l->counts_down && (count != 0) != (entry != 0))
			return false;
		if (l->counts_down && i < SMALL_BINS && !entry && count != room && count)
			return false;
		any |= entry != 0;
	}
	return any;
}

/* Of a block in a list: the size of its chunk, and the next one. */
static bool follow(const struct reader *r, uint64_t block, uint64_t *ret_size, uint64_t *ret_next)
{
	uint64_t words[2];

	if (block < GLIBC_HEADER || !reader_read(r, block - 8, words, sizeof(words)))
		return false;
	*ret_size = words[0] & GLIBC_SIZE;
	*ret_next = words[1];
	return !(words[0] & GLIBC_IS_MAPPED) && *ret_size >= GLIBC_CHUNK_MIN && *ret_size % 16 == 0;
}

/*
 * From 2.32 on a link is mixed with the place where it lies (PROTECT_PTR). Which it is shows in each: one that is not
 * mixed is 0 or aligned, and leads into an arena.
 */
static uint64_t unmix(uint64_t link, uint64_t place, glibc_in_arena in, const void *ctx)
{
	uint64_t plain = link ^ place >> 12;

	if (!link || !plain)
		return 0;
	return plain % 16 == 0 && in(ctx, plain) ? plain : link;
}

/* A list of at most `left` blocks from its first one on; `size`: of each chunk, 0: of any. False: it does not hold
 * together. */
static bool follow_list(const struct reader *r, uint64_t block, uint64_t size, uint32_t left,
			glibc_in_arena in, const void *ctx, struct glibc_listed *sum)
{
	uint64_t one, link;

	while (block) {
		if (!left-- || block % 16 || !in(ctx, block) || !follow(r, block, &one, &link) ||
		    (size && one != size))
			return false;
		sum->bytes += one;
		sum->chunks++;
		block = unmix(link, block, in, ctx);
	}
	return true;
}

bool glibc_list_cache(const struct reader *r, uint64_t chunk, uint64_t chunk_size, glibc_in_arena in,
		      const void *ctx, struct glibc_listed *sum)
{
	const struct cache_layout *cache = layout_of(chunk_size);
	struct glibc_listed mine = { .whole = true };
	unsigned char bytes[CACHE_BYTES_MAX];
	uint32_t room;

	if (!cache || !reader_read(r, chunk + GLIBC_HEADER, bytes, cache->bins * (8U + cache->count_bytes)) ||
	    !glibc_is_cache(bytes, chunk_size))
		return false;
	room = room_of(cache, bytes);
	for (size_t i = 0; i < cache->bins; i++) {
		uint64_t before = mine.chunks, size = i < SMALL_BINS ? GLIBC_CHUNK_MIN + i * 16 : 0;
		uint32_t count = count_of(cache, bytes, i);
		uint32_t most = !cache->counts_down ? count : room > count ? room - count : 0;

		/* the thread may go on meanwhile; what is no cache has not a single list */
		if (!follow_list(r, entry_of(cache, bytes, i), size, most, in, ctx, &mine) ||
		    (!cache->counts_down && mine.chunks - before != count))
			mine.whole = false;
		if (!mine.whole && !mine.chunks)
			return false;
	}
	sum->bytes += mine.bytes;
	sum->chunks += mine.chunks;
	sum->whole &= mine.whole;
	return true;
}
