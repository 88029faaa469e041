#include "ledger/states.h"

#include <stdbool.h>
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

/* One with room for the others of any block. */
union packed {
	struct states states;
	unsigned char room[sizeof(struct states) + BLOCK_PAGES];
};

_Static_assert(128U << PLACE_BITS <= UINT16_MAX + 1U, "place and state have room");

static size_t size_of(const struct states *s)
{
	return s->nothers == PLAIN ? BLOCK_PAGES : s->nothers * sizeof(*s->others);
}

/* The pages that are not `most`: how many. More than OTHERS_MOST: there are more. */
static size_t find_others(const uint8_t *of, uint8_t most, uint16_t others[static OTHERS_MOST])
{
	uint64_t bits[BITS_WORDS] = { 0 };
	uint8_t same[BLOCK_PAGES];
	size_t n = 0;

	memset(same, most, sizeof(same));
	bits_differ_states(of, same, bits);
	for (size_t w = 0; w < BITS_WORDS; w++)
		for (uint64_t left = bits[w]; left; left &= left - 1) {
			size_t i = bit_first(w, left);

			if (n == OTHERS_MOST)
				return n + 1;
			others[n++] = (uint16_t)(i | (size_t)of[i] << PLACE_BITS);
		}
	return n;
}

/* The same states give the same bytes. */
static void pack(const uint8_t *of, union packed *ret)
{
	const uint8_t tries[] = { of[0], of[BLOCK_PAGES / 2], of[BLOCK_PAGES - 1] };

	for (size_t i = 0; i < sizeof(tries); i++) {
		size_t n = find_others(of, tries[i], ret->states.others);

		if (n > OTHERS_MOST)
			continue;
		ret->states.most = tries[i];
		ret->states.nothers = (uint16_t)n;
		return;
	}
	ret->states.most = 0;
	ret->states.nothers = PLAIN;
	memcpy(ret->states.others, of, BLOCK_PAGES);
}

static bool is_same(const struct states *a, const struct states *b)
{
	return a->nothers == b->nothers && a->most == b->most && !memcmp(a->others, b->others, size_of(a));
}

struct states *states_intern(struct known_states *known, const uint8_t of[static BLOCK_PAGES])
{
	size_t room = sizeof(known->items) / sizeof(*known->items);
	union packed p;
	struct states *s;

	pack(of, &p);
	for (size_t i = 0; i < (known->n < room ? known->n : room); i++)
		if (is_same(known->items[i], &p.states)) {
			known->items[i]->refs++;
			return known->items[i];
		}
	s = xcalloc(1, sizeof(*s) + size_of(&p.states));
	*s = p.states;
	s->refs = 1;
	memcpy(s->others, p.states.others, size_of(s));
	known->items[known->n++ % room] = s;
	return s;
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

void states_unpack(const struct states *s, uint8_t ret[static BLOCK_PAGES])
{
	if (s->nothers == PLAIN) {
		memcpy(ret, s->others, BLOCK_PAGES);
		return;
	}
	memset(ret, s->most, BLOCK_PAGES);
	for (size_t k = 0; k < s->nothers; k++)
		ret[s->others[k] % BLOCK_PAGES] = (uint8_t)(s->others[k] >> PLACE_BITS);
}
