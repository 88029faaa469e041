#ifndef COWTOP_LEDGER_MEMBER_H
#define COWTOP_LEDGER_MEMBER_H

/*
 * A process of the ledger: what is known of its pages from one walk to the next, and its sums within a walk.
 * Internal to ledger/.
 *
 * It owns its blocks: those of the walk before, which it loses one by one as the walk comes to them, and those
 * of this walk. Counts are pages unless they say faults; a huge page takes one fault. What a walk counts begins
 * at 0 with each walk, all else with the process (member_carry_over()).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "ledger/block.h"
#include "ledger/ledger.h"

#define KIN_MOST 8

/* An older process with which this one shares pages that its base has not: ancestry.h. */
struct kin {
	int proc;
	uint64_t pages, faults;
	uint64_t unmapped; /* pages where the base has no mapping */
	uint64_t seen;     /* pages that the older one was seen to make */
};

struct member {
	/* Between walks. */
	pid_t pid;
	uint64_t start_ticks;
	bool seen;             /* a walk was finished: what is absent now was absent */
	bool frames, baseless; /* of the last walk, as it was given */
	/* While a walk goes on so many are of it, and from `cursor` on they are of the walk before, still to come; what
	 * lies between is empty. */
	struct block_list blocks;
	size_t walked, cursor;
	uint64_t minflt;        /* after the walk before */
	uint64_t huge_before;   /* its huge pages then */
	uint64_t spare;         /* faults during that walk which may have come after their page was read */
	uint32_t share_average; /* of a page that it shares, in the last whole walk; 0: not known */

	/* Of this walk, or of the last one that the process was not left out of. */
	struct tally tally;
	struct shares shares;
	struct growth_facts growth; /* since the process came; the reader of a result compares two */
	uint64_t unsteady;          /* pages that were moved while one looked */
	uint64_t huge_left;         /* huge pages that it has more now and no block yet */
	/* In faults: private pages that appeared, what else is certain (copies, file pages), file pages that may
	 * have taken some, pages that turned ambiguous, huge pages that did; huge pages that took one fault each. */
	uint64_t touched, certain, files, doubted, doubted_huge, whole;

	/* How far the first walk can be trusted: first_walk_exactness(). */
	bool unproven; /* a copy was assumed without what would tell */
	bool sampled;  /* some pages decided for many */
	/* Pages that count as copied while both this process and its base may have made them after the fork:
	 * new in truth, or own copies of a file's. */
	uint32_t perhaps_new, perhaps_file;
	/* ... of those that are ambiguous, should they count as copied (`claimed`). */
	uint32_t open_new, open_file;
	/* Of the former, the base has written its page since its last fork: first_walk_refute(). And how many cannot
	 * have been copied. */
	uint32_t rewritten_new, rewritten_file, refuted_new, refuted_file;
	uint32_t alone;       /* inherited as their flag says, and the base has none */
	uint32_t stranded;    /* inherited as their flag says, and the base has another one */
	uint32_t by_burst;    /* copied by rule 3 of first_walk.h */
	uint32_t by_likeness; /* decided by their contents, or in doubt because they are a file's */
	uint32_t undecided;   /* of them: copies, as contents do not tell either */
	uint32_t contested;   /* of by_likeness: the base has written its page since its last fork, too */
	uint32_t guessed;     /* nothing told these pages' class: unflagged.h */
	bool stack_known;     /* the walk has met an inherited page of its stack */
	bool late_denied;     /* ... or of what its mappings call younger than its fork */

	/* Ambiguous pages (estimate.h): how many count as copied, the faults that those of this walk took, and
	 * how many of them all its children have as well. */
	uint64_t claimed, claimed_faults, shared_doubts;
	/* Without frame numbers or the exclusive flag: pages counted as shared, but perhaps with its children
	 * alone; faults left for them after the claims; without frame numbers, as how many of them count as
	 * copied; and how many more, or fewer, it may have made. */
	uint64_t perhaps_nested, nested_left, nested_claimed, nested_open;

	/* First walk, of pages that were shared by a fork (no exclusive flag) since they came to be: counted as
	 * copied or as new, though they are the process's own or those of an ancestor that is gone; the faults
	 * that they took; how many of them are not its own, as it had too few faults: ancestry_deny(). */
	uint64_t nested, nested_new;
	uint64_t nested_faults, nested_new_faults;
	uint64_t denied, denied_new;

	/* The master: pages counted as copied in this walk, their faults, how many of them are shared by a
	 * later fork; copies that it can have made before its first walk. */
	uint64_t recopied, recopied_faults, resettled;
	uint64_t faults_left;

	/* Whom the process was forked by (ancestry.h): its huge pages, whether it has smaller large folios
	 * (then pages may be more than their faults), small ones that came with another's fault, as they were one huge
	 * page at a fork, whom it shares pages with, oldest first. */
	uint64_t huge, split;
	bool folios;
	struct kin kin[KIN_MOST];
	size_t nkin;
	uint64_t rivalled;  /* the most pages that a younger one shares with it and the base may have left */
	uint64_t kin_asked; /* the base's pages there, asked for their flag or stood for by those */
	uint64_t kin_unwritten; /* of them, unwritten since a fork */
	struct ledger_kin says;
};

/*
 * What is known of process `p` from the `n` members of the walk before, whose blocks it takes over; a process
 * that is not among them begins anew. The search begins at *next, where the one after the last find stands:
 * most processes keep their order. `base`: its base in this walk, or NULL.
 */
struct member member_carry_over(struct member *old, size_t n, size_t *next, const struct ledger_proc *p,
				const struct ledger_proc *base);
void member_free_blocks(struct member *m);

/* Its block `index` of this walk, with what is known of it from the walk before or empty; its origin is open.
 * Valid until the next one is entered. */
struct block *member_enter_block(struct member *m, uint64_t index, struct open_origins *open);
/* Nothing is to be remembered of the block that was entered last. */
void member_drop_block(struct member *m);
/* The walk has not entered all that there are: of the others what is known stands, if a walk has seen them. */
void member_keep_blocks(struct member *m);
/* The walk has entered all that there are. */
void member_end_blocks(struct member *m);

/* The block that was entered last, when it is this one; NULL: the process has nothing there. */
static inline const struct block *member_block(const struct member *m, uint64_t index)
{
	const struct block *b = m->walked ? &m->blocks.items[m->walked - 1] : NULL;

	return b && b->index == index ? b : NULL;
}

#endif
