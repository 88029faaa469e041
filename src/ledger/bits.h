#ifndef COWTOP_LEDGER_BITS_H
#define COWTOP_LEDGER_BITS_H

/*
 * Which of the words of two blocks differ, or of their states: one bit a page, in BLOCK_PAGES / 64 words of
 * `bits`, added to those already set. Every page of a pool passes here once a walk, so it is done four words
 * or 32 states at a time where the processor can (bits_x86_64.c, AVX2: 0.15 ns a page against 0.5).
 */
#include <stdint.h>

/* Only bits of `mask` count. */
void bits_differ(const uint64_t *a, const uint64_t *b, uint64_t mask, uint64_t *bits);
/* The same of states, a byte each. */
void bits_differ_states(const uint8_t *a, const uint8_t *b, uint64_t *bits);
/* Which states are one of `from` to `to`, of less than 64. */
void bits_of_states(const uint8_t *states, uint8_t from, uint8_t to, uint64_t *bits);
/* The first two on any processor, for those that have no better way. */
void bits_differ_one_by_one(const uint64_t *a, const uint64_t *b, uint64_t mask, uint64_t *bits);
void bits_differ_states_one_by_one(const uint8_t *a, const uint8_t *b, uint64_t *bits);

#endif
