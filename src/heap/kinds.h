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
 *
 * It costs 1 s of CPU time a GiB, of 13 objects a KiB: of 256 MiB and more a sample of pieces of 16 KiB is looked at,
 * together 128 MiB, in 0.3 s; what is told then is an estimate.
 */
#include "heap/inventory.h"
#include "heap/kinds_pages.h"
#include "model/kinds.h"

struct kinds_how {
	page_fates fates; /* of `workers` workers; NULL: not known */
	size_t workers;
	uint64_t pages_max;        /* of twice as many and more a sample of so many; 0: 128 MiB */
	bool (*go_on)(void *data); /* asked now and then; false: it is to end. NULL: it is not */
	void *data;                /* for both */
};

/* `ret` is zeroed or released before; `ret->why` says why there are none. */
void kinds_read(const struct inventory_target *t, const struct kinds_how *how, struct kinds *ret);

#endif
