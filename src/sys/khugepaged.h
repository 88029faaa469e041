#ifndef COWTOP_SYS_KHUGEPAGED_H
#define COWTOP_SYS_KHUGEPAGED_H

/*
 * How many huge pages khugepaged has made on this machine since it was started
 * (/sys/kernel/mm/transparent_hugepage/khugepaged/pages_collapsed, mm/khugepaged.c): when it grows, pages of the
 * pool may have changed without a fault. ABSENT: this kernel has none.
 */
#include "model/fact.h"

fact khugepaged_collapsed(void);

#endif
