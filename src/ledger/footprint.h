#ifndef COWTOP_LEDGER_FOOTPRINT_H
#define COWTOP_LEDGER_FOOTPRINT_H

/*
 * A set of frame numbers that counts its members: a bitmap in leaves of 4 KiB (128 MiB of memory each), made
 * when a frame of theirs is added, kept for the next walk. Costs 1 bit a frame of the memory that the pool
 * touches. A zeroed one is empty; footprint_release() frees what it holds. Frames from 2^40 on (4 PiB of small
 * pages) are not counted. Internal to ledger/.
 */
#include <stddef.h>
#include <stdint.h>

struct footprint {
	uint64_t **leaves; /* NULL: no frame of it was added yet */
	size_t nleaves;
	uint64_t count; /* members */
};

void footprint_add(struct footprint *f, uint64_t frame);
/* The frames of a block's `pages` (one bit each) of its `entries`. */
void footprint_add_pages(struct footprint *f, const uint64_t *entries, const uint64_t *pages);
/* Forget all members, keep the memory. */
void footprint_clear(struct footprint *f);
void footprint_release(struct footprint *f);

#endif
