#ifndef COWTOP_SINK_ALLOCATORS_H
#define COWTOP_SINK_ALLOCATORS_H

/*
 * What allocators hold (model/allocator.h) and what memory is used for (model/memory_use.h) -> text, and members of a JSON
 * document (cowtop-why(1)).
 */
#include "model/allocator.h"
#include "model/memory_use.h"
#include "sink/json_build.h"

/* A list of the allocators at `key`; it is returned, an object each. */
cJSON *json_allocators(cJSON *to, const char *key, const struct allocator_inventory *i);
/* "size_classes" */
void json_size_classes(cJSON *to, const struct allocator_inventory *i);
/* "regions": means of `n` processes, whose sums are given. */
void json_regions(cJSON *to, const struct memory_uses *u, uint64_t page_size, size_t n);

/* Allocators, and whose they are: "master". */
struct text_allocators {
	const char *of;
	const struct allocator_inventory *inventory;
};

/* Tables in MiB; what was guessed has a ~, what is not known is a dash. At most `columns` wide, if they are 80 or more;
 * a sentence that does not fit has a line of its own. */
void text_allocators(struct buf *out, const struct text_allocators *of, size_t n, size_t columns);
/* The uses that have much of what was copied, is shared or new, at most `max` of them: means of `n` processes, whose sums
 * are given. The rest is summed up. */
void text_regions(struct buf *out, const struct memory_uses *u, uint64_t page_size, size_t n, size_t max);

#endif
