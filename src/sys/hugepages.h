#ifndef COWTOP_SYS_HUGEPAGES_H
#define COWTOP_SYS_HUGEPAGES_H

/*
 * What the machine of a procfs says of huge pages, in the small files below /sys/kernel/mm. ABSENT: the kernel has
 * no such file.
 */
#include <stdbool.h>
#include <stddef.h>
#include "model/fact.h"
#include "sys/proc.h"

/* Bytes of a transparent huge page (transparent_hugepage/hpage_pmd_size). */
fact hugepages_size(const struct procfs *fs);
/* Hugetlb pages of `size` bytes that nobody has and nobody has reserved. */
fact hugepages_free(const struct procfs *fs, size_t size);
/* Has this machine any hugetlb pages, of whatever size? True as well when that cannot be told. */
bool hugepages_set_aside(const struct procfs *fs);
/*
 * How many huge pages khugepaged has made since the machine was started
 * (transparent_hugepage/khugepaged/pages_collapsed, mm/khugepaged.c): when it grows, pages of the pool may have
 * changed without a fault.
 */
fact hugepages_collapsed(const struct procfs *fs);

#endif
