#ifndef COWTOP_LEDGER_SHARE_FRAMES_H
#define COWTOP_LEDGER_SHARE_FRAMES_H

/*
 * What a page counts by what the kernel says of its frame: how often it is mapped, and its flags (struct
 * ledger_oracle, mappers). Each frame is asked for once, as long as the cache holds it; questions of a block are
 * gathered and asked together. Internal to ledger/.
 */
#include "ledger/share_sum.h"

/* Pages whose frames the oracle is to be asked for. */
struct asked_pages {
	size_t n;
	uint16_t at[BLOCK_PAGES];
	uint64_t entries[BLOCK_PAGES];
};

/* Of which kind the page of entry `e` is, as its frame's flags (0: not known) and its block say. */
enum share_kind share_kind_of(const struct share_process *p, uint64_t e, uint64_t flags);
/* Counts page `i`, which so many map. */
void share_set_counted(const struct share_process *p, size_t i, uint64_t e, uint64_t mappers, uint64_t flags);
/* Counts page `i` from what was asked for lately, or adds it to `asked`. */
void share_set_asked(const struct share_process *p, size_t i, uint64_t e, struct asked_pages *asked);
/* Asks, and counts those pages; without an answer they count as unknown. */
void share_ask(const struct share_process *p, const struct asked_pages *asked);

#endif
