#ifndef COWTOP_RECORDING_REPLAY_INDEX_H
#define COWTOP_RECORDING_REPLAY_INDEX_H

/* The map of a recording from its index records. Private to recording/replay*.c. */
#include "recording/replay_map.h"

/* Of the whole file, whose records begin at `begin`. 0 or -1. */
int replay_map_load(struct replay_map *m, struct replay_file *f, uint64_t begin, struct err *err);

#endif
