#ifndef COWTOP_RECORDING_REPLAY_INDEX_H
#define COWTOP_RECORDING_REPLAY_INDEX_H

/* The map of a recording from its index records. Private to recording/replay*.c. */
#include "recording/replay_map.h"

/*
 * Fills an empty map up to the last index record. 1; 0: there is none, or one of them is damaged, and
 * the map is anything; -1.
 */
int replay_index_load(struct replay_map *m, struct replay_file *f, uint64_t begin,
		      struct err *err);

/* A group that begins with the next sample to come. */
void replay_map_add_group(struct replay_map *m, uint64_t at, int64_t time_ns);
/* The mark whose header was read at `at`. 0 or -1. */
int replay_map_add_mark(struct replay_map *m, struct replay_file *f, uint64_t at,
			const struct record *r, struct err *err);
/* The span of call stacks whose header was read at `at`. */
void replay_map_add_span(struct replay_map *m, uint64_t at, const struct record *r);

#endif
