#ifndef COWTOP_PARSE_SMAPS_H
#define COWTOP_PARSE_SMAPS_H

/*
 * /proc/PID/smaps_rollup and smaps (fs/proc/task_mmu.c): "Key:   N kB" lines after mapping headers.
 * Sizes are given in bytes here. A key that this kernel does not print is ABSENT (Pss_Anon,
 * Pss_File, Pss_Shmem came with 5.3, KSM with 6.6).
 */
#include <stddef.h>
#include "model/sample.h"

struct smaps_totals {
	fact rss, pss, pss_anon, pss_file, pss_shmem;
	fact shared_clean, shared_dirty, private_clean, private_dirty;
	fact anonymous, ksm, anon_huge, swap, swap_pss;
	fact shared_hugetlb, private_hugetlb;
};

/* Sums the keys over all mappings in `text` (a rollup has one). 0, or -1 when there is no Rss line
 * or a line is malformed. */
int parse_smaps(const char *text, size_t len, struct smaps_totals *ret);

/*
 * Could the kernel give any of these mappings a page larger than one of page_size on a fault ("THPeligible: 1",
 * since Linux 5.0)? Also true where that is not told.
 */
bool smaps_may_be_huge(const char *text, size_t len);

#endif
