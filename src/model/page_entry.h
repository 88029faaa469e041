#ifndef COWTOP_MODEL_PAGE_ENTRY_H
#define COWTOP_MODEL_PAGE_ENTRY_H

/*
 * The words the kernel gives about a page, one per virtual page of a process.
 *
 * /proc/PID/pagemap (Documentation/admin-guide/mm/pagemap.rst; fs/proc/task_mmu.c, Linux 6.18):
 * 55 bits of frame number (0 without CAP_SYS_ADMIN) or, when swapped, swap type and offset.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PM_FRAME ((1ULL << 55) - 1)
#define PM_SOFT_DIRTY (1ULL << 55) /* written since somebody cleared the bit: says nothing about the page */
#define PM_EXCLUSIVE (1ULL << 56)  /* mapped exactly once; for a PMD-mapped huge page: its first page */
#define PM_GUARD (1ULL << 58)      /* MADV_GUARD_INSTALL, told since 6.15: no page, though PM_SWAP is set */
#define PM_FILE (1ULL << 61)       /* page cache or shared memory */
#define PM_SWAP (1ULL << 62)
#define PM_PRESENT (1ULL << 63)
/*
 * With PM_SWAP, the swap type, and the last one: a marker without a page, as userfaultfd leaves them
 * (SWP_PTE_MARKER in include/linux/swap.h, Linux 5.19 to 6.18; smaps has them in no sum). Before them it was a
 * page of a device or on its way to another frame. No swap file has it: the kernel keeps the last types for
 * such entries.
 */
#define PM_TYPE 31
/*
 * From this type on they are of no swap file: a page that is being moved (SWP_MIGRATION_READ and the two behind
 * it), one of a device's memory, or a broken one. 23 with all that a kernel can be configured with, at most 29
 * with less (MAX_SWAPFILES in include/linux/swap.h, Linux 5.10 to 6.18).
 */
#define PM_TYPE_NO_FILE 23
/* What the ledger looks at; soft-dirty and uffd-wp bits are noise to it. */
#define PM_USED (PM_FRAME | PM_EXCLUSIVE | PM_FILE | PM_SWAP | PM_PRESENT)

/* /proc/kpageflags (include/uapi/linux/kernel-page-flags.h; bits from 32 on include/linux/kernel-page-flags.h; Linux
 * 6.18). */
#define KPF_DIRTY (1ULL << 4)
#define KPF_LRU (1ULL << 5)
#define KPF_MMAP (1ULL << 11) /* somebody maps it; of a large folio: any of it */
#define KPF_SWAPCACHE (1ULL << 13)
#define KPF_SWAPBACKED \
	(1ULL << 14) /* anonymous and shared memory; not a file's, nor what MADV_FREE was given */
#define KPF_COMPOUND_HEAD (1ULL << 15)
#define KPF_COMPOUND_TAIL (1ULL << 16)
#define KPF_HUGE (1ULL << 17) /* hugetlb */
#define KPF_UNEVICTABLE (1ULL << 18)
/* Merged by KSM. Linux 6.12 sets it of every anonymous page (fs/proc/page.c, stable_page_flags(): it tests
 * either of the two bits that make up PAGE_MAPPING_KSM). */
#define KPF_KSM (1ULL << 21)
#define KPF_THP (1ULL << 22) /* a transparent huge page, or a part of a smaller large folio */
/*
 * PG_anon_exclusive (PG_owner_2, exported as bit 34 since 5.19): set when this process may write the
 * anonymous page without copying it. fork clears it, a copy or the last owner's write sets it: an
 * exclusively mapped page without it was inherited and never written since. In a large folio every
 * page shows the flag of the folio's head.
 */
#define KPF_ANON_EXCLUSIVE (1ULL << 34)

/* Pages of the smallest large folio of private memory (THP_ORDERS_ALL_ANON in include/linux/huge_mm.h, Linux
 * 6.8 to 6.18). */
#define FOLIO_LEAST 4

/* Is a frame with these flags a part of a large folio? */
static inline bool in_large_folio(uint64_t flags)
{
	return flags & (KPF_COMPOUND_HEAD | KPF_COMPOUND_TAIL);
}

/* A block: the pages below one page table page, 2 MiB of address space with 4 KiB pages. */
#define BLOCK_SHIFT 9
#define BLOCK_PAGES (1U << BLOCK_SHIFT)

/* What the mapping around a page allows it to be. */
enum page_kind {
	KIND_NONE, /* no mapping, or one whose pages do not count */
	KIND_ANON,
	KIND_FILE_PRIVATE,
	KIND_SHARED,
};

static inline uint64_t entry_frame(uint64_t e)
{
	return e & PM_FRAME;
}

/* No page, though PM_SWAP is set? */
static inline bool entry_is_marker(uint64_t e)
{
	return e & PM_GUARD || (e & (PM_SWAP | PM_TYPE)) == (PM_SWAP | PM_TYPE);
}

/* A page that was, perhaps, just being moved to another frame? One without frame numbers does not tell. */
static inline bool entry_is_moving(uint64_t e)
{
	return e & PM_SWAP && !(e & PM_PRESENT) && !entry_is_marker(e) && (e & PM_TYPE) >= PM_TYPE_NO_FILE;
}

/* A present page of private memory: anonymous, or a private copy of a file page. */
static inline bool entry_anon(uint64_t e)
{
	return (e & (PM_PRESENT | PM_FILE)) == PM_PRESENT;
}

/* The zero page, and the huge one; 0: not known. Both count as no page. */
struct zero_frames {
	uint64_t small, huge;
	uint64_t huge_pages; /* small pages in the huge one */
};

static inline bool zero_frames_has(const struct zero_frames *z, uint64_t e)
{
	uint64_t frame = entry_frame(e);

	if (!entry_anon(e) || !frame)
		return false;
	return frame == z->small || (z->huge && frame - z->huge < z->huge_pages);
}

static inline bool entry_exclusive(uint64_t e)
{
	return e & PM_EXCLUSIVE;
}

/* What two entries of one page have in common: its frame or its place in swap, and which of the two that is. */
#define PM_SAME (PM_FRAME | PM_PRESENT | PM_FILE | PM_SWAP)

static inline bool entry_same_frame(uint64_t a, uint64_t b)
{
	return !((a ^ b) & PM_SAME);
}

/* Consecutive frames from a multiple of a block's pages on: most likely one huge page, or a part of one. */
static inline bool looks_huge(const uint64_t entries[static BLOCK_PAGES])
{
	uint64_t first = entry_frame(entries[0]);

	return entry_anon(entries[0]) && first && !(first % BLOCK_PAGES) &&
	       entry_frame(entries[BLOCK_PAGES - 1]) == first + BLOCK_PAGES - 1;
}

/* ... and none of its pages has another frame. */
static inline bool is_one_huge_page(const uint64_t entries[static BLOCK_PAGES])
{
	if (!looks_huge(entries))
		return false;
	for (size_t i = 1; i < BLOCK_PAGES; i++)
		if (!entry_anon(entries[i]) || entry_frame(entries[i]) != entry_frame(entries[0]) + i)
			return false;
	return true;
}

#endif
