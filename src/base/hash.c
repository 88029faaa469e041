#include "base/hash.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

#define SIZE_LEAST 16

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t len)
{
	const char *at = bytes;
	uint64_t word;
	size_t left = len;

	for (; left >= sizeof(word); left -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = hash_mix(hash, word);
	}
	word = 0;
	if (left)
		memcpy(&word, at, left);
	return hash_mix(hash_mix(hash, word), len);
}

static void put(struct hash *h, struct hash_slot slot)
{
	size_t at = slot.hash & (h->size - 1);

	while (h->slots[at].number)
		at = (at + 1) & (h->size - 1);
	h->slots[at] = slot;
}

static void grow(struct hash *h)
{
	struct hash old = *h;

	h->size = old.size ? old.size * 2 : SIZE_LEAST;
	h->slots = xcalloc(h->size, sizeof(*h->slots));
	for (size_t i = 0; i < old.size; i++)
		if (old.slots[i].number)
			put(h, old.slots[i]);
	free(old.slots);
}

void hash_add(struct hash *h, uint64_t hash, uint32_t number)
{
	if (++h->n * 2 > h->size)
		grow(h);
	put(h, (struct hash_slot){ hash_fold(hash), number + 1 });
}

void hash_clear(struct hash *h)
{
	if (h->n)
		memset(h->slots, 0, h->size * sizeof(*h->slots));
	h->n = 0;
}

void hash_release(struct hash *h)
{
	free(h->slots);
	*h = (struct hash){ 0 };
}
