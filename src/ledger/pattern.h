#ifndef COWTOP_LEDGER_PATTERN_H
#define COWTOP_LEDGER_PATTERN_H

/*
 * What a block of a process says of every child that equals it there, word for word. Most pages of a worker do:
 * they get the state that follows from the base's word alone, and nobody looks at them one by one. Internal to
 * ledger/.
 *
 * Made when the first child of the process comes to the block, for all of them; what its children ask later
 * (which of them have nothing there, flags, rows) is added once for all as well. The ledger owns a pattern for
 * each process that others were forked from (l->patterns, else NULL).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "ledger/bits.h"
#include "ledger/block.h"
#include "ledger/share_walk.h"

struct pattern {
	bool made;                         /* of the current block */
	struct origin *origin;             /* the frames of its shared pages, with a reference */
	uint64_t entries[BLOCK_PAGES];     /* what counts of its words: page_entry() */
	uint8_t states[BLOCK_PAGES];       /* of an equal child's pages; */
	struct tally tally;                /* as many of each */
	uint64_t private_bits[BITS_WORDS]; /* anonymous and not exclusive: shared when equal */
	uint64_t never_bits[BITS_WORDS];   /* equality tells nothing: exclusive in two processes */
	uint64_t shared_bits[BITS_WORDS];  /* a child walked before shares the page */

	bool lacked_made;                 /* for siblings.h: */
	uint64_t lacked_bits[BITS_WORDS]; /* a child of the youngest burst has nothing there */
	size_t had_upto;                  /* children looked at so far for: */
	uint64_t had_bits[BITS_WORDS];    /* one that never forked has inherited its page */
	size_t burst_proc;                /* the child that asked last for: */
	size_t burst_first, burst_upto;   /* the eldest of its burst of forks, those looked at so far */
	uint64_t burst_bits[BITS_WORDS];  /* one of them that never forked has inherited its page */

	bool rows_made;                  /* for first_walk_row.h: */
	uint64_t row_bits[BITS_WORDS];   /* in a row of frames with the pages on both sides */
	uint64_t asked_bits[BITS_WORDS]; /* looked whether its page is unwritten since a fork, */
	uint64_t older_bits[BITS_WORDS]; /* and there in all of the youngest burst: it is so */

	uint64_t flagged_bits[BITS_WORDS]; /* its flags were read: */
	uint64_t flags[BLOCK_PAGES];

	struct share_like share; /* for share_walk.h */
};

struct ledger;

/* That of process `proc`, which has children, in the current block. */
struct pattern *pattern_of(struct ledger *l, size_t proc);
/* The current block is over for all processes. */
void patterns_forget(struct ledger *l);
/* Reads the flags of the `n` pages `at` into p->flags, once for all children. False: not readable. */
bool pattern_read_flags(const struct ledger *l, struct pattern *p, const uint16_t *at, size_t n);

#endif
