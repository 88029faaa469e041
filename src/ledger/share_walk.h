#ifndef COWTOP_LEDGER_SHARE_WALK_H
#define COWTOP_LEDGER_SHARE_WALK_H

/*
 * How shares.h is counted. Internal to ledger/.
 *
 * In a block, parents first, each process adds what its own words tell (share_walk_run()): pages that it alone
 * has, and those of files, of which the kernel is asked (share_frames.h). Pages that others map as well stay
 * open until all are known (share_walk_block()): then each process with its equal children is entered in the
 * pool's count of frames (mappers.h), and of every open page it is known how many map it. What equals the
 * base's counts as the base's does.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "ledger/bits.h"
#include "ledger/mappers.h"
#include "ledger/shares.h"

/* A process in the current block. */
struct share_run {
	bool here;
	bool hugetlb; /* the block is one of those pages */
	bool untold;  /* bit 56 is not each page's own */
	int like;     /* whose words its own equal but for `unlike`, -1: nobody's */
	uint64_t unlike[BITS_WORDS];
	uint64_t open[BITS_WORDS]; /* mapped by how many is still to be said */
};

/* What each page of a process in the current block counts, for the children that equal it. */
struct share_like {
	bool made;
	uint32_t children;             /* that are in the block */
	uint32_t missing[BLOCK_PAGES]; /* of them have another page there */
	uint32_t more[BLOCK_PAGES];    /* descendants of the others that have it, too */
	uint32_t count[BLOCK_PAGES];   /* it and all of them */
	uint8_t classes[BLOCK_PAGES];
	uint32_t part[BLOCK_PAGES];
	struct shares sum;
};

#define SHARE_CACHE 2048

/* Frames that were asked for lately: several processes have the same at one address. */
struct share_cache {
	uint64_t frame[SHARE_CACHE]; /* 0: none */
	uint64_t flags[SHARE_CACHE];
	uint32_t mappers[SHARE_CACHE];
};

/* The ledger's, kept from walk to walk. */
struct share_walk {
	struct share_run *runs; /* as the processes of the walk */
	struct mappers mappers;
	struct share_cache cache;
	bool all;              /* KSM: a frame is at several addresses, and all are asked for */
	uint64_t last_mappers; /* 0: none yet */
	uint32_t last_part;    /* of them */
};

struct ledger;
struct page_run;

/* A walk begins, ends; the ledger is no more. */
void share_walk_begin(struct ledger *l);
void share_walk_end(struct ledger *l);
void share_walk_release(struct ledger *l);
/* A process in the current block, after its base. */
void share_walk_run(struct ledger *l, const struct page_run *r);
/* Block `block` is complete: adds to the members' shares. */
void share_walk_block(struct ledger *l, uint64_t block);

#endif
