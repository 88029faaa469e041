#ifndef COWTOP_LEDGER_BITS_H
#define COWTOP_LEDGER_BITS_H

/*
 * Sets of pages of a block, one bit a page in BITS_WORDS words; and which words of two blocks differ, or which
 * of their states: added to the bits that are set already. Every page of a pool passes here once a walk, so it
 * is done four words or 32 states at a time where the processor can (bits_x86_64.c, AVX2: 0.15 ns a page
 * against 0.5). Internal to ledger/.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "model/page_entry.h"

#define BITS_WORDS (BLOCK_PAGES / 64)

static inline bool bit_test(const uint64_t *bits, size_t i)
{
	return bits[i / 64] >> (i % 64) & 1;
}

static inline void bit_set(uint64_t *bits, size_t i)
{
	bits[i / 64] |= 1ULL << (i % 64);
}

/* The page of the lowest bit that is left of word `w`. */
static inline size_t bit_first(size_t w, uint64_t left)
{
	return w * 64 + (size_t)__builtin_ctzll(left);
}

/* Of the words `a` and `b`, BLOCK_PAGES each, only bits of `mask` count. */
void bits_differ(const uint64_t *a, const uint64_t *b, uint64_t mask, uint64_t *bits);
/* The same of states, a byte each. */
void bits_differ_states(const uint8_t *a, const uint8_t *b, uint64_t *bits);
/* Which states are one of `from` to `to`, of less than 64. */
void bits_of_states(const uint8_t *states, uint8_t from, uint8_t to, uint64_t *bits);
/* The first two on any processor, for those that have no better way. */
void bits_differ_one_by_one(const uint64_t *a, const uint64_t *b, uint64_t mask, uint64_t *bits);
void bits_differ_states_one_by_one(const uint8_t *a, const uint8_t *b, uint64_t *bits);

#endif
