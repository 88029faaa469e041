#ifndef COWTOP_BASE_HASH_H
#define COWTOP_BASE_HASH_H

/*
 * Which elements of an array, that the caller holds, have some contents? A struct hash has their numbers by a hash
 * of the contents; the caller compares. A zeroed one is empty. Nothing is taken out of it but all at once.
 *
 *	size_t step = 0;
 *	uint32_t i;
 *
 *	while (hash_next(&h, hash, &step, &i))
 *		if (same(&items[i], wanted))
 *			return &items[i];
 *	hash_add(&h, hash, n);
 *
 * Tables that are no array of the caller's have their own form, with the mixing from here: the processes and
 * threads by pid, which come and go (chains); the memo of the unwinder, which ages by bucket; page blocks and fault
 * streams of a watch, which are what stands in the slot; the frames of a block in the ledger, whose table is made
 * anew for each page, a million times a walk. A library's (uthash) would want a handle of 56 bytes in each element,
 * and elements that it may put it in; these are those of the model.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash_slot {
	uint32_t hash;   /* hash_fold() */
	uint32_t number; /* plus 1; 0: free */
};

struct hash {
	struct hash_slot *slots;
	size_t size, n; /* size: a power of two, at least twice n */
};

/* Sets out from any number, and takes in one more. */
static inline uint64_t hash_mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

/* ... and takes in bytes and how many there are. */
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t len);

static inline uint32_t hash_fold(uint64_t hash)
{
	return (uint32_t)(hash ^ hash >> 32);
}

/* The number of the next element whose hash may be this one; `*step` is 0 for the first. */
static inline bool hash_next(const struct hash *h, uint64_t hash, size_t *step, uint32_t *ret)
{
	uint32_t fold = hash_fold(hash);
	const struct hash_slot *s;

	if (!h->size)
		return false;
	do {
		s = &h->slots[(fold + (*step)++) & (h->size - 1)];
		if (!s->number)
			return false;
	} while (s->hash != fold);
	*ret = s->number - 1;
	return true;
}

/* Add element `number`, which is not among them; below UINT32_MAX. */
void hash_add(struct hash *h, uint64_t hash, uint32_t number);
/* Empty, with the memory that it has. */
void hash_clear(struct hash *h);
void hash_release(struct hash *h);

#endif
