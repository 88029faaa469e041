#ifndef COWTOP_TUI_TIMELINE_PACK_H
#define COWTOP_TUI_TIMELINE_PACK_H

/*
 * A process at one instant in few bytes, for the timeline: an hour of 150 workers is half a million
 * of these. Sizes are kept in KiB up to 4 TiB, pages up to 2^31, rates as floats: enough for what the
 * screen shows. What the table and the trends do not need is not kept.
 */
#include "model/snapshot.h"

enum packed_size {
	SIZE_RSS, SIZE_PSS, SIZE_USS, SIZE_SWAP, SIZE_SHARED, SIZE_PRIVATE,
	SIZE_SHARED_LEAST, SIZE_PRIVATE_LEAST, PACKED_SIZES
};
#define PACKED_PAGES (sizeof(struct page_figures) / sizeof(figure))
/* minor_per_s to correlation of struct fault_figures, and the ratio */
#define PACKED_RATES 11

struct packed_process {
	uint32_t identity; /* index into the names of the timeline */
	uint32_t kib[PACKED_SIZES];
	int32_t pages[PACKED_PAGES];
	int32_t doubt[2]; /* of the copies: perhaps new, perhaps of a file */
	float rates[PACKED_RATES], cow_per_s_least, pages_age_s;
	int32_t collapsed_least;
	uint32_t minor, major;
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

#endif
