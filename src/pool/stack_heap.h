#ifndef COWTOP_POOL_STACK_HEAP_H
#define COWTOP_POOL_STACK_HEAP_H

/*
 * What a process's mappings tell the ledger: where its stack is, and which part of its heap is younger than
 * its fork.
 */
#include "ledger/ledger.h"
#include "parse/maps.h"

/* Sets stack_from, stack_to, late_from, late_to of `p`. `base`: mappings of its base, or NULL. */
void stack_heap_of(const struct vma_list *maps, const struct vma_list *base, size_t page_size,
		   struct ledger_proc *p);

#endif
