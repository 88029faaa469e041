#ifndef COWTOP_POOL_WALK_H
#define COWTOP_POOL_WALK_H

/*
 * One walk over the pages of a pool: reads pagemap block by block, all processes per block, and
 * feeds the ledger. Huge and mostly empty mappings are asked for what is populated first
 * (PAGEMAP_SCAN, Linux 6.7; before that smaps), so that a reserved terabyte costs nothing.
 */
#include "ledger/ledger.h"
#include "pool/member.h"

struct walk_io {
	const struct procfs *fs;
	const struct kernel_facts *kernel;
	int kpageflags; /* -1: not readable */
	int kpagecount; /* the same */
	bool frames;
	size_t page_size;
	const struct zero_frames *zero;
	struct buf text; /* scratch */
	/* The kernel moves pages (walk_steady.h): what is read is read twice; and one was met on its way. */
	bool careful, met_moving;
	bool in_vain; /* one did not arrive, though it was waited for */
};

/*
 * Walk `n` members (those whose pagemap may be read take part), parents before children. Members that
 * died or execed on the way are marked lost: the walk is then to be repeated without them. Those that could not be
 * read for another reason are, too, and have failed.
 */
void walk_pool(struct walk_io *io, struct ledger *ledger, struct member_proc *members, size_t n);

#endif
