#ifndef COWTOP_SYS_KERNEL_H
#define COWTOP_SYS_KERNEL_H

/*
 * What this kernel tells about pages, tried on pages of cowtop's own: some small ones, one huge page
 * where there may be one, one hugetlb page where one is free, and a child that writes a few of them.
 * Takes a millisecond, once a process; nobody else's memory is touched.
 */
#include "model/kernel.h"
#include "sys/proc.h"

/* What is not known when this returns could not be tried: no privilege, no huge pages, no child. */
struct kernel_facts kernel_try(const struct procfs *fs);

/* Bytes of a transparent huge page (/sys/kernel/mm/transparent_hugepage/hpage_pmd_size); 0: there are
 * none. */
uint64_t kernel_huge_size(void);

#endif
