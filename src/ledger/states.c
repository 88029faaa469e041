#include "ledger/states.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "ledger/bits.h"

#define PLACE_BITS BLOCK_SHIFT
#define OTHERS_MOST 192 /* with more of them a byte for each page takes not much more, and less time */
#define PLAIN BLOCK_PAGES

struct states {
	uint32_t refs;
	uint16_t nothers;  /* PLAIN: `others` are all pages, a byte each */
	uint8_t most;      /* what all but the others are */
	uint16_t others[]; /* by place; what they are is above their place */
};

_Static_assert(128U << PLACE_BITS <= UINT16_MAX + 1U, "place and state have room");

/* Which pages are not `most`, and how many. */
static size_t find_others(const uint8_t *of, uint8_t most, uint64_t bits[static BITS_WORDS])
{
	uint8_t same[BLOCK_PAGES];
	size_t n = 0;

	memset(same, most, sizeof(same));
	memset(bits, 0, BITS_WORDS * sizeof(*bits));
	bits_differ_states(of, same, bits);
	for (size_t w = 0; w < BITS_WORDS; w++)
		n += (size_t)__builtin_popcountll(bits[w]);
	return n;
}

static struct states *make_plain(const uint8_t *of)
{
	struct states *s = xcalloc(1, sizeof(*s) + BLOCK_PAGES);

	*s = (struct states){ .nothers = PLAIN };
	memcpy(s->others, of, BLOCK_PAGES);
	return s;
}

static struct states *make_packed(const uint8_t *of, uint8_t most, const uint64_t *bits, size_t n)
{
	struct states *s = xcalloc(1, sizeof(*s) + n * sizeof(*s->others));
	size_t k = 0;

	*s = (struct states){ .most = most, .nothers = (uint16_t)n };
	for (size_t w = 0; w < BITS_WORDS; w++)
		for (uint64_t left = bits[w]; left; left &= left - 1) {
			size_t i = bit_first(w, left);

			s->others[k++] = (uint16_t)(i | (size_t)of[i] << PLACE_BITS);
		}
	return s;
}

static struct states *make(const uint8_t *of)
{
	const uint8_t tries[] = { of[0], of[BLOCK_PAGES / 2], of[BLOCK_PAGES - 1] };
	uint64_t bits[BITS_WORDS];

	for (size_t i = 0; i < sizeof(tries); i++) {
		size_t n;

		if (memchr(tries, tries[i], i))
			continue;
		n = find_others(of, tries[i], bits);
		if (n <= OTHERS_MOST)
			return make_packed(of, tries[i], bits, n);
	}
	return make_plain(of);
}

struct states *states_intern(struct known_states *known, const uint8_t of[static BLOCK_PAGES])
{
	size_t room = sizeof(known->items) / sizeof(*known->items), at = known->n % room;

	for (size_t i = 0; i < (known->n < room ? known->n : room); i++)
		if (!memcmp(known->of[i], of, BLOCK_PAGES)) {
			known->items[i]->refs++;
			return known->items[i];
		}
	memcpy(known->of[at], of, BLOCK_PAGES);
	known->items[at] = make(of);
	known->items[at]->refs = 1;
	known->n++;
	return known->items[at];
}

void states_unref(struct states *s)
{
	if (s && --s->refs == 0)
		free(s);
}

uint8_t states_at(const struct states *s, size_t i)
{
	size_t low = 0, high = s->nothers;

	if (s->nothers == PLAIN)
		return ((const uint8_t *)s->others)[i];
	while (low < high) {
		size_t middle = (low + high) / 2, place = s->others[middle] % BLOCK_PAGES;

		if (place == i)
			return (uint8_t)(s->others[middle] >> PLACE_BITS);
		if (place < i)
			low = middle + 1;
		else
			high = middle;
	}
	return s->most;
}

const uint8_t *states_all(const struct states *s, uint8_t room[static BLOCK_PAGES])
{
	if (s->nothers == PLAIN)
		return (const uint8_t *)s->others;
	memset(room, s->most, BLOCK_PAGES);
	for (size_t k = 0; k < s->nothers; k++)
		room[s->others[k] % BLOCK_PAGES] = (uint8_t)(s->others[k] >> PLACE_BITS);
	return room;
}

void states_map(const struct states *s, const uint8_t *map, uint8_t ret[static BLOCK_PAGES])
{
	if (s->nothers == PLAIN) {
		for (size_t i = 0; i < BLOCK_PAGES; i++)
			ret[i] = map[((const uint8_t *)s->others)[i]];
		return;
	}
	memset(ret, map[s->most], BLOCK_PAGES);
	for (size_t k = 0; k < s->nothers; k++)
		ret[s->others[k] % BLOCK_PAGES] = map[s->others[k] >> PLACE_BITS];
}
