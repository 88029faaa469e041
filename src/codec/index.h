#ifndef COWTOP_CODEC_INDEX_H
#define COWTOP_CODEC_INDEX_H

/*
 * The index of a recording: where each group (a key frame and what follows it up to the next) begins,
 * and where marks and spans of call stacks are. An index record holds what came since the index record before it.
 */
#include "codec/bytes.h"

struct index_group {
	uint64_t at; /* offset of the key frame's record */
	int64_t time_ns;
	uint32_t samples;
};

struct index {
	struct index_group *groups; /* ascending */
	size_t ngroups, groups_cap;
	uint64_t *marks; /* offsets, ascending */
	size_t nmarks, marks_cap;
	uint64_t *spans; /* the same */
	size_t nspans, spans_cap;
};

void index_add_group(struct index *d, uint64_t at, int64_t time_ns, uint32_t samples);
void index_add_mark(struct index *d, uint64_t at);
void index_add_span(struct index *d, uint64_t at);
void index_put(const struct index *d, struct buf *out);
/* Of a record that begins at `before`: all of it lies in front of it. false: it is damaged, and
 * `ret` empty. */
bool index_take(const void *bytes, size_t len, uint64_t before, struct index *ret);
/* Forget what is in it, keep the memory. */
void index_clear(struct index *d);
void index_release(struct index *d);

#endif
