#ifndef COWTOP_POOL_ALIKE_MAPS_H
#define COWTOP_POOL_ALIKE_MAPS_H

/*
 * The mappings of a process, kept once for all that have the same: of a thousand workers of one master nearly all do,
 * and each has a hundred.
 */
#include "parse/maps.h"

struct alike_maps;

/* What was in *kept, which may be NULL, gives way to the mappings in `read`: as they were, as in `last`, or a copy.
 * *last is those of the process before, held as well. Returns what *kept has. */
struct vma_list alike_maps_keep(struct alike_maps **kept, struct alike_maps **last,
				const struct vma_list *read);
void alike_maps_release(struct alike_maps **held);

#endif
