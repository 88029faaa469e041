#ifndef COWTOP_LEDGER_SHARES_H
#define COWTOP_LEDGER_SHARES_H

/*
 * What of its pages is a process's share: PSS, USS and the parts of them, as /proc/PID/smaps has them
 * (fs/proc/task_mmu.c, smaps_account() and smaps_page_accumulate(), Linux 6.18), from what a walk sees anyway.
 *
 * A page counts 1/n where n map its frame. A private page that bit 56 calls exclusive is mapped once; of the
 * others, and of pages of files, the oracle is asked (/proc/kpagecount): each frame once a walk, however many
 * processes have it. A page that equals its base's counts for the process what it counts for the base: nothing
 * is looked at. Bit 56 of a huge page is its first page's (KERNEL_EXCLUSIVE_EACH): there the oracle is asked
 * whatever it says.
 *
 * What the walk does not see is assumed, and counted as assumed: private pages are dirty (not those that were
 * given to MADV_FREE, or read back from swap), and a page of shared memory is dirty when its flag says so (not
 * the page table's).
 */
#include <stdbool.h>
#include <stdint.h>
#include "model/page_entry.h"

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

/* The whole of a page; 1/n of it is rounded down, as the kernel does (PSS_SHIFT, 12 bits below a byte). */
#define SHARE_SHIFT 12

/* Of one process. */
struct shares {
	uint64_t pages[SHARE_CLASSES];
	uint64_t parts[SHARE_CLASSES]; /* bytes << SHARE_SHIFT */
	uint64_t huge;        /* pages of transparent huge pages, mapped as such */
	uint64_t huge_unsure; /* of them: nothing tells whether they are mapped whole */
	uint64_t large;       /* pages of large folios whose count is an average (KERNEL_MAP_COUNT_EACH) */
	uint64_t maybe_dirty; /* counted as clean pages of shared memory */
	uint64_t unknown;     /* the oracle failed: mapped how often is not known */
};

/* What each page of a process in the current block counts, for the children that equal it. */
struct share_like {
	bool made;
	uint8_t class[BLOCK_PAGES];
	uint32_t part[BLOCK_PAGES];
	struct shares sum;
};

#define SHARE_CACHE 2048

/* Frames that were asked for lately: several processes have the same at one address. */
struct share_cache {
	uint64_t frame[SHARE_CACHE]; /* 0: none */
	uint32_t part[SHARE_CACHE];
	uint8_t class[SHARE_CACHE];
};

struct ledger;
struct page_run;

/* The process of the run, in the current block: adds to its member's shares. */
void shares_run(struct ledger *l, const struct page_run *r);
/* Forget what the walk before knew of frames. */
void shares_forget(struct share_cache *cache);

#endif
