#ifndef COWTOP_SYS_VMSTAT_H
#define COWTOP_SYS_VMSTAT_H

/*
 * What the kernel has counted of its work on memory since the machine was started (/proc/vmstat; mm/vmstat.c, Linux
 * 6.18). ABSENT: it does not count that.
 */
#include "model/fact.h"
#include "sys/proc.h"

struct vmstat {
	fact collapsed; /* thp_collapse_alloc: huge pages made of small ones, by khugepaged and MADV_COLLAPSE */
	fact lazyfree;                /* pglazyfree: pages given to MADV_FREE */
	fact swapped_in, swapped_out; /* pswpin, pswpout */
	/* pgmigrate_success + pgmigrate_fail: pages that were moved to another frame, or unmapped for it and put back,
	 * by compaction, NUMA balancing, move_pages(2) and others. Counted when a batch of them is done. */
	fact migrated;
};

void vmstat_read(const struct procfs *fs, struct vmstat *ret);

#endif
