#ifndef COWTOP_CMD_RECORD_MAPS_H
#define COWTOP_CMD_RECORD_MAPS_H

/*
 * Which address spaces go into a recording with a key frame: those of the master and of workers
 * whose pages have moved by more than a sixty-fourth since theirs was recorded, and every one before
 * the readers' reach is over (a reader looks for one 16 groups back). The oldest go first, until
 * there are enough bytes.
 */
#include "cmd/record_file.h"
#include "model/snapshot.h"
#include "pool/live.h"

struct map_told {
	pid_t pid;
	uint64_t start_ticks;
	uint64_t group;       /* number of the key frame; 0: never */
	fact private, shared; /* pages then */
};

struct record_maps {
	struct map_told *items;
	size_t n, cap;
	uint64_t group; /* key frames so far */
	uint64_t most;  /* bytes with one key frame */
};

/* `snap` is of the key frame that was just written. Processes that cannot be read are left out. */
int record_maps_write(struct record_maps *m, const struct snapshot *snap, struct live *live,
		      struct record_file *f, struct err *err);
/* The next file has no maps yet. */
void record_maps_forget(struct record_maps *m);
void record_maps_release(struct record_maps *m);

#endif
