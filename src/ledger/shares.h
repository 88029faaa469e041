#ifndef COWTOP_LEDGER_SHARES_H
#define COWTOP_LEDGER_SHARES_H

/*
 * What of its pages is a process's share: PSS, USS and the parts of them, as /proc/PID/smaps has them
 * (fs/proc/task_mmu.c, smaps_account() and smaps_page_accumulate(), Linux 6.18), from what a walk sees anyway:
 * ledger_shares() gives it. A value, without anything to release.
 *
 * A page counts 1/n where n map its frame. A private page that bit 56 calls exclusive is mapped once; of the
 * others the pool itself tells who has them (mappers.h). A page that equals its base's counts for the process
 * what it counts for the base: it is not looked at. Of pages of files the oracle is asked (/proc/kpagecount and
 * kpageflags), each frame once, however many processes have it at this address.
 *
 *	some processes are left out	a process's shared pages are worth what they were in its last walk with
 *					all, on the average; without that they are asked for
 *	KSM has merged pages		all frames that are shared are asked for
 *	a block of one huge page	bit 56 is its first page's (KERNEL_EXCLUSIVE_EACH): all count as open
 *
 * What the walk does not see is assumed, and counted as assumed: private pages are dirty (not those that were
 * given to MADV_FREE, or read back from swap), and a page of shared memory, of ramfs or of a driver is dirty
 * when its flag says so (not the page table's).
 */
#include <stdbool.h>
#include <stdint.h>

enum share_kind {
	SHARE_NONE,
	SHARE_ANON,
	SHARE_FILE,
	SHARE_SHMEM,
	SHARE_HUGETLB, /* in no other sum of the kernel's */
	SHARE_SWAP,    /* not resident */
	SHARE_KINDS,
};

/* A class of pages is a kind and these: one byte a page. */
#define SHARE_DIRTY 1
#define SHARE_BY_MANY 2
#define SHARE_CLASSES (SHARE_KINDS * 4)

static inline uint8_t share_class(enum share_kind kind, bool by_many, bool dirty)
{
	return (uint8_t)(kind * 4 + (by_many ? SHARE_BY_MANY : 0) + (dirty ? SHARE_DIRTY : 0));
}

/* Parts of a page are counted in bytes << SHARE_SHIFT, and 1/n is rounded down, as the kernel does
 * (PSS_SHIFT). */
#define SHARE_SHIFT 12

/* Of one process. In pages, but for `parts`. */
struct shares {
	uint64_t pages[SHARE_CLASSES];
	uint64_t parts[SHARE_CLASSES]; /* bytes << SHARE_SHIFT: 1/n of each of those pages */
	uint64_t huge;                 /* pages of transparent huge pages, mapped as such */
	uint64_t huge_unsure;          /* of them: nothing tells whether they are mapped whole */
	/* At the most, with what its base has and it has not: */
	uint64_t averaged;     /* pages that are shared by how many is an average */
	uint64_t untold;       /* pages that may be mapped by one or by several */
	uint64_t swap_assumed; /* swapped pages that others than the pool may have, too */
	uint64_t maybe_dirty;  /* pages of shared memory, of ramfs or of a driver that count as clean */
	uint64_t unknown;      /* the oracle failed: mapped by how many is not known */
};

#endif
