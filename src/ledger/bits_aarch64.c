#include "ledger/bits.h"

void bits_differ(const uint64_t *a, const uint64_t *b, uint64_t mask, uint64_t *bits)
{
	bits_differ_one_by_one(a, b, mask, bits);
}

void bits_differ_states(const uint8_t *a, const uint8_t *b, uint64_t *bits)
{
	bits_differ_states_one_by_one(a, b, bits);
}
