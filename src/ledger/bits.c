#include "ledger/bits.h"

#include <string.h>

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

#define EACH_BYTE 0x0101010101010101ULL

/* Eight at a time: what is added to a byte sets its highest bit from a certain value on. */
void bits_of_states(const uint8_t *states, uint8_t from, uint8_t to, uint64_t *bits)
{
	for (unsigned int i = 0; i < BLOCK_PAGES; i += 8) {
		uint64_t eight, at_least, more;

		memcpy(&eight, states + i, sizeof(eight));
		at_least = eight + EACH_BYTE * (uint64_t)(0x80 - from);
		more = eight + EACH_BYTE * (uint64_t)(0x7f - to);
		/* the highest bit of byte j becomes bit j */
		bits[i / 64] |= ((at_least & ~more) >> 7 & EACH_BYTE) * 0x0102040810204080ULL >>
				56 << (i % 64);
	}
}
