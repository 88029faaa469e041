#ifndef COWTOP_LEDGER_MAPPERS_H
#define COWTOP_LEDGER_MAPPERS_H

/*
 * How many of a pool map a frame, in one block: all its processes are side by side, and what fork has shared
 * lies at one address. A place of the block has room for some frames; what finds none has to be asked for by
 * itself.
 *
 * A count of ours is the kernel's where nobody else maps the frame: no process outside of the walk, and none of
 * it at another address (mremap, KSM). mappers_verify() finds out: a page that is not exclusive and that
 * one alone has here is always asked for, and of each block some frames are, each time others; of every sixteenth
 * block all, so that a few frames which somebody maps are found after sixteen walks at the latest (to ask for all at
 * once makes a first walk twice as dear). Blocks in which the kernel counted otherwise are asked for as a
 * whole from then on, as long as it does; where there are several, all are, in this walk and the next. After a first
 * walk one is enough: what was believed before it in that walk may be wrong, so it is made again (ledger.h,
 * ledger_missed_some()). Internal to ledger/.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "model/page_entry.h"

#define MAPPERS_WAYS 4

struct mappers {
	unsigned ways; /* in use */
	uint64_t frame[MAPPERS_WAYS]
		      [BLOCK_PAGES]; /* 0: free. With PM_SWAP: what a swap entry has in its place */
	uint32_t count[MAPPERS_WAYS][BLOCK_PAGES];
	uint8_t told[MAPPERS_WAYS][BLOCK_PAGES];     /* bit 56 says that it is mapped more than once */
	uint8_t averaged[MAPPERS_WAYS][BLOCK_PAGES]; /* the kernel gave the average of a large folio */
	unsigned wrong;        /* blocks of this walk in which the kernel counted otherwise */
	bool others;           /* there were such in the walk before */
	uint8_t strange[8192]; /* a bit a block, by its index: there it did when all were asked for last */
	uint64_t seed; /* which walk it is, the first is 1; the frames that are tried change with it */
};

/* A block begins; a walk does. A zeroed one is ready for its first walk. */
void mappers_clear(struct mappers *m);
void mappers_begin(struct mappers *m);
/* Was this the first walk, and did the kernel count otherwise in it? The next walk asks for all. */
bool mappers_missed_some(const struct mappers *m);
/* `n` more map the frame of entry `e` at page `i`; `told`: bit 56 says that several do. False: no room. */
bool mappers_add(struct mappers *m, size_t i, uint64_t e, uint32_t n, bool told);
/* How many do; -1: not counted. And whether that is an average. */
int64_t mappers_of(const struct mappers *m, size_t i, uint64_t e, bool *ret_averaged);

struct ledger;
/* Does a frame of these flags have an average, as large folios have where the kernel keeps no count of each page
 * (CONFIG_NO_PAGE_MAPCOUNT; mm/Kconfig, Linux 6.15)? */
bool mappers_are_average(const struct ledger *l, uint64_t flags);
/* Once all of block `block` are added: `all` frames are asked for, or those that have to be. What the kernel says
 * stands. False: it does not say it, and no count is to be believed. */
bool mappers_verify(struct ledger *l, struct mappers *m, uint64_t block, bool all);

#endif
