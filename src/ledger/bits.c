#include "ledger/bits.h"

#include "model/page_entry.h"

void bits_differ_one_by_one(const uint64_t *a, const uint64_t *b, uint64_t mask, uint64_t *bits)
{
	for (unsigned int i = 0; i < BLOCK_PAGES; i++)
		bits[i / 64] |= (uint64_t)(((a[i] ^ b[i]) & mask) != 0) << (i % 64);
}

void bits_differ_states_one_by_one(const uint8_t *a, const uint8_t *b, uint64_t *bits)
{
	for (unsigned int i = 0; i < BLOCK_PAGES; i++)
		bits[i / 64] |= (uint64_t)(a[i] != b[i]) << (i % 64);
}
