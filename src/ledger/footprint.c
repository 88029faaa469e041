#include "ledger/footprint.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "ledger/bits.h"

#define LEAF_SHIFT 15 /* frames a leaf */
#define LEAF_WORDS ((size_t)1 << (LEAF_SHIFT - 6))
#define MAX_LEAVES ((size_t)1 << 25) /* frames below 2^40: 4 PiB of physical addresses */

static uint64_t *leaf_of(struct footprint *f, uint64_t frame)
{
	size_t i = frame >> LEAF_SHIFT;

	if (i >= f->nleaves) {
		size_t n = f->nleaves ? f->nleaves : 64;

		if (i >= MAX_LEAVES)
			return NULL;
		while (n <= i)
			n *= 2;
		f->leaves = xreallocarray(f->leaves, n, sizeof(*f->leaves));
		memset(f->leaves + f->nleaves, 0, (n - f->nleaves) * sizeof(*f->leaves));
		f->nleaves = n;
	}
	if (!f->leaves[i])
		f->leaves[i] = xcalloc(LEAF_WORDS, sizeof(uint64_t));
	return f->leaves[i];
}

/* Frames of one word: (frame >> 6). */
static void add_word(struct footprint *f, uint64_t word_of, uint64_t bits)
{
	size_t i = word_of >> (LEAF_SHIFT - 6);
	uint64_t *leaf = i < f->nleaves && f->leaves[i] ? f->leaves[i] : leaf_of(f, word_of << 6);
	uint64_t *word;

	if (!leaf)
		return;
	word = &leaf[word_of & (LEAF_WORDS - 1)];
	f->count += (uint64_t)__builtin_popcountll(bits & ~*word);
	*word |= bits;
}

void footprint_add(struct footprint *f, uint64_t frame)
{
	add_word(f, frame >> 6, 1ULL << (frame & 63));
}

/* Copies get their frames in rows: those of one word are added at once. */
void footprint_add_pages(struct footprint *f, const uint64_t *entries, const uint64_t *pages)
{
	uint64_t word = 0, bits = 0;

	for (size_t w = 0; w < BITS_WORDS; w++)
		for (uint64_t left = pages[w]; left; left &= left - 1) {
			uint64_t frame = entry_frame(entries[bit_first(w, left)]);

			if (frame >> 6 != word) {
				if (bits)
					add_word(f, word, bits);
				word = frame >> 6;
				bits = 0;
			}
			bits |= 1ULL << (frame & 63);
		}
	if (bits)
		add_word(f, word, bits);
}

void footprint_clear(struct footprint *f)
{
	for (size_t i = 0; i < f->nleaves; i++)
		if (f->leaves[i])
			memset(f->leaves[i], 0, LEAF_WORDS * sizeof(uint64_t));
	f->count = 0;
}

void footprint_release(struct footprint *f)
{
	for (size_t i = 0; i < f->nleaves; i++)
		free(f->leaves[i]);
	free(f->leaves);
	*f = (struct footprint){ 0 };
}
