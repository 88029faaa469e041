#ifndef COWTOP_LEDGER_FIRST_WALK_ROW_H
#define COWTOP_LEDGER_FIRST_WALK_ROW_H

/*
 * First walk: copies that are told by where they lie, without the page's own flag. Internal to ledger/.
 *
 * That flag (first_walk.h, rule 2) excludes one thing: that the base, between the fork of this process and its
 * last one, replaced the page, and this process has the original. Where the base's page is unwritten since a
 * fork and this process is of the youngest burst, as in rule 3, nothing else can be. But memory that is filled
 * page by page gets its frames in rows, up or down:
 *
 *	the base's frame lies in a row with those of the pages on both sides, which this process or an older
 *	sibling shares: it was handed out with them, and so it is the original: this process has made its page
 *	this process's frame lies in a row between those of two other pages that it has made, as is told so or
 *	by their flags, whatever lies between them in its memory: it was handed out with them, in one sweep
 *
 * A frame that replaced another one later could get into such a row only if it had been left free in the middle
 * of it. Most of what all workers of a pool have written is told so; the flag of every page would cost as much
 * as reading the entries of four. What looks like a part of a large folio is asked for its flag.
 */
#include "ledger/run.h"

/* Adds to `copies` those of the pages `own`, in frames of their own, that are copies for the reasons above. */
void first_walk_rows(struct ledger *l, struct page_run *r, const uint64_t own[static BITS_WORDS],
		     uint64_t copies[static BITS_WORDS]);

#endif
