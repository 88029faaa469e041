#ifndef COWTOP_SINK_ALLOCATORS_H
#define COWTOP_SINK_ALLOCATORS_H

/*
 * What allocators hold (model/allocator.h) and what memory is used for (model/memory_use.h) -> text, and members of a JSON
 * document: "allocators", "size_classes", "regions" (cowtop-why(1)).
 */
#include "model/allocator.h"
#include "model/memory_use.h"
#include "sink/json_build.h"

void json_allocators(cJSON *to, const struct allocator_inventory *i);
void json_regions(cJSON *to, const struct memory_uses *u, uint64_t page_size);

/* Tables in MiB; what was guessed has a ~, what is not known is a dash. */
void text_allocators(struct buf *out, const struct allocator_inventory *i);
/* The uses that have copied or shared pages, at most `max` of them. */
void text_regions(struct buf *out, const struct memory_uses *u, uint64_t page_size, size_t max);

#endif
