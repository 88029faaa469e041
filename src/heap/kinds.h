#ifndef COWTOP_HEAP_KINDS_H
#define COWTOP_HEAP_KINDS_H

/*
 * Of which types are the objects in a process of CPython, how much memory does each type have, and how much of that
 * lies on pages that others, forked from it, have copied or still share? All of its memory that no file is behind is
 * read once more, and each object in it is found by its place: the beginning of a block of CPython's own allocator,
 * and elsewhere every 16 bytes but for those inside of objects. What has no type goes to the object that it belongs to.
 *
 * The process goes on meanwhile. Of what it says each pointer is checked, and nothing is counted twice, so that all
 * sums are at most what is mapped.
 */
#include "heap/inventory.h"
#include "heap/kinds_pages.h"
#include "model/kinds.h"

/* `of`: the fates of the pages of `inv`, of `workers` workers; NULL: not known. `ret` is zeroed or released before;
 * `ret->why` says why there are none. */
void kinds_read(const struct inventory_target *t, const struct inventory *inv, const struct page_fate *of,
		size_t workers, struct kinds *ret);

#endif
