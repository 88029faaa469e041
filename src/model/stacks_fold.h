#ifndef COWTOP_MODEL_STACKS_FOLD_H
#define COWTOP_MODEL_STACKS_FOLD_H

/*
 * Spans of call stacks into one, and a large one into a small one. Pure.
 */
#include "model/stacks.h"

/*
 * Adds the span `from` to `to`, which may be zeroed. Both are of one watch: false, and nothing happens,
 * when method, period or page size tell otherwise, or when there are too many processes (a million).
 * What one of the two could not count is ABSENT.
 */
bool stacks_merge(struct stacks *to, const struct stacks *from);

/* About how many bytes it takes to keep. */
size_t stacks_size(const struct stacks *s);
/*
 * Leaves the traces with most samples, as many as fit into `most` bytes; those of all others are added to
 * one trace of one frame, STACKS_REST. Every sample stays, in its process.
 */
void stacks_trim(struct stacks *s, size_t most);
/* Name and object of that frame. */
#define STACKS_REST "[rare stacks]"

#endif
