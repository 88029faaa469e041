#ifndef COWTOP_SYS_KERNEL_H
#define COWTOP_SYS_KERNEL_H

/*
 * What this kernel tells about pages, tried on pages of cowtop's own: a few small ones, one huge page
 * where there may be one, one hugetlb page where two are free, and a child that writes some of them (up to five
 * children, one after the other, where the exclusive flag is not told). Nobody else's memory is touched, and nothing
 * is left behind.
 *
 * Once a process: 0.4 ms of CPU as root and 0.5 ms of time, the same as an ordinary user (Linux 6.18, huge
 * pages of 2 MiB), of a program with little memory. For a huge page the kernel may have to make room first.
 */
#include "model/kernel.h"
#include "model/page_entry.h"
#include "sys/proc.h"

/*
 * What is not known when this returns could not be tried: no privilege, no huge pages, no child, a kernel that
 * is another machine's. The frame of the huge zero page is set in *ret_zero (may be NULL), or 0. It stays where it
 * is while cowtop runs, which has mapped it (mm/huge_memory.c, mm_get_huge_zero_page(), Linux 4.10 and later).
 */
struct kernel_facts kernel_try(const struct procfs *fs, struct zero_frames *ret_zero);

#endif
