#ifndef COWTOP_HEAP_ZEND_MM_H
#define COWTOP_HEAP_ZEND_MM_H

/* PHP's memory manager: adds its facts and its chunks, if there is one. A program with threads has one for each. */
#include "heap/allocator_scan.h"

void zend_mm_inventory(struct allocator_scan *s);

#endif
