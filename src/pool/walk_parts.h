#ifndef COWTOP_POOL_WALK_PARTS_H
#define COWTOP_POOL_WALK_PARTS_H

/* What the parts of a walk (walk.h) share: where each process is, and what the ledger may ask meanwhile. */
#include "pool/populated.h"
#include "pool/walk.h"

/* A process on the way through its address space. */
struct walker {
	struct member_proc *member;
	struct pace pace;
	struct populated extents;
	size_t populated_range; /* the current one */
	size_t vma;             /* the first mapping that ends above the current block */
	uint64_t block;         /* of `entries` */
	bool reading;           /* has it that block? */
	pid_t childless; /* the newest pid of all when it had no child that is in no walk; 0: not known */
	uint64_t entries[BLOCK_PAGES];
	uint8_t *kinds; /* room for those of a block, once it was needed */
};

/*
 * A page that children's are compared with. In a block one child comes after the other, and each asks for the pages
 * that the one before asked for: mostly a few of its 512. So they are read once for all children, who are compared
 * with the same contents.
 */
#define WALK_KEPT 32

struct walk_original {
	size_t of;     /* whose it is ... */
	uint64_t page; /* ... and which; UINT64_MAX: none */
	char *bytes;
};

struct walk {
	struct walk_io *io;
	struct walker *walkers;
	size_t n;
	char *page;                           /* contents that are compared ... */
	struct walk_original kept[WALK_KEPT]; /* ... with those of one of these */
	unsigned int oldest;                  /* of those: it makes room */
	unsigned int waits;                   /* for pages that were on their way */
	unsigned int tries;  /* of the current block: so often it was read twice, and differed */
	size_t read_again;   /* blocks of one process, for that */
	size_t asked_of;     /* whose frames' flags were asked last */
	size_t unsteady;     /* pages of it that did, in the last two readings */
	size_t on_their_way; /* and those that did not arrive */
	int one_fault_each;  /* of the master's pages; -1: not asked yet */
};

/* What answers the ledger's questions during this walk; `w` stays where it is. */
struct ledger_oracle walk_oracle(struct walk *w);

/*
 * The kernel moves pages while one looks (compaction, NUMA balancing). On its way a page shows as an entry of a type
 * that no swap file has, and the frame that it had as one without a mapper and without its owner's flag. Flags are
 * asked again where the page is then; and of the block that was read last:
 *
 * Is it to be read again, as one of its pages was on its way and has arrived? False as well when that takes too long:
 * then so many are left on their way.
 */
bool walk_is_outdated(struct walk *w);

/*
 * Who reads one process after the other sees a page that is moved in between in two frames, or as one process's
 * alone while its mappers get it back one by one. Where that has to be reckoned with (walk_io, `careful`) a block that
 * does not show all processes the same is read in all of them once more: what is the same both times was so at one
 * time, between the two.
 *
 * Is it to be read again, as it was not? False as well after some tries: then so many pages are left unsteady.
 */
bool walk_is_unsteady(struct walk *w);

#endif
