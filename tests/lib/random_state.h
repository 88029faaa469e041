#ifndef COWTOP_TESTS_RANDOM_STATE_H
#define COWTOP_TESTS_RANDOM_STATE_H

/* Numbers by chance, the same for every run with one seed. */
#include "lib/fixture.h"

struct random_state {
	uint64_t state;
};

/* splitmix64 */
static inline uint64_t random_bits(struct random_state *c)
{
	uint64_t z = (c->state += 0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* 0 to `n` - 1 */
static inline uint64_t random_below(struct random_state *c, uint64_t n)
{
	return random_bits(c) % n;
}

/* Once in `n` times. */
static inline bool random_hits(struct random_state *c, uint64_t n)
{
	return random_below(c, n) == 0;
}

/* Of any size, now and then absent. */
static inline fact random_fact(struct random_state *c)
{
	return random_hits(c, 8) ? ABSENT : (fact)(random_bits(c) >> 11 >> random_below(c, 53));
}

#endif
