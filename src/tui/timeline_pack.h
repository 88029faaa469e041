#ifndef COWTOP_TUI_TIMELINE_PACK_H
#define COWTOP_TUI_TIMELINE_PACK_H

/*
 * A process at one instant in few bytes, for the timeline: an hour of 150 workers is half a million of
 * these. Sizes are kept in KiB up to 4 TiB, counts and pages up to 2^31, rates as floats: enough for what
 * the screen shows. Which figures are kept says the table in timeline_pack.c; all others are UNKNOWN when
 * the process is made again. To keep one more: a row there, and PACKED_FIGURES. The bytes of a figure that
 * follows from others are saved: cow_broken_bytes is made of pages.cow_broken, age_s of the start.
 */
#include "model/snapshot.h"

#define PACKED_FIGURES 31 /* rows of the table */
#define PACKED_LEAST 4    /* ... of figures whose lower bound is kept, too */

struct packed_process {
	uint32_t identity; /* index into the names of the timeline */
	uint32_t figures[PACKED_FIGURES], least[PACKED_LEAST];
	int32_t doubt[2]; /* of the copies: perhaps new, perhaps of a file */
	int32_t thresholds[GC_GENERATIONS], collections[GC_GENERATIONS], frozen;
	int32_t slot;
	int8_t enabled, any_frozen;
	uint8_t runtime, has_gc, role, level, exactness, estimated, forked, doubts;
	uint16_t threads;
	char state;
};

void process_pack(struct packed_process *to, const struct proc_snapshot *from);
/* All but who it is. `facts` has been given proc_sample_init(), pid and start. */
void process_unpack(const struct packed_process *from, figure page_size, struct proc_sample *facts,
		    struct proc_snapshot *to);
/* One figure of it by its member, offsetof(struct figures, ...); UNKNOWN when it is not in the table. */
figure process_packed(const struct packed_process *from, size_t member);

#endif
