#ifndef COWTOP_SINK_WHY_MEMORY_H
#define COWTOP_SINK_WHY_MEMORY_H

/* What the memory of a pool holds (model/why_memory.h), as parts of the answers of sink/why.h. NULL: nobody has looked. */
#include "model/why.h"
#include "sink/json_build.h"

/* Members of "pool": how the copies compare with the master's pages. */
void json_why_copies(cJSON *pool, const struct why_memory *m);
/* Members of the document: "regions", "allocators", "size_classes", "worker_allocators", "ruby". */
void json_why_memory(cJSON *root, const struct why_memory *m, double page_size);
/* Members of one of "workers". */
void json_why_worker(cJSON *worker, const struct why_memory_worker *k);

/* A line of what the copies hold, if that is known. */
void text_why_copies(struct buf *out, const struct why *w, size_t columns);
/* Tables of regions and allocators, and how old a Ruby's objects are. */
void text_why_memory(struct buf *out, const struct why_memory *m, double page_size, size_t columns);

#endif
