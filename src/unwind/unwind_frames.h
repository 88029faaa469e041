#ifndef COWTOP_UNWIND_UNWIND_FRAMES_H
#define COWTOP_UNWIND_UNWIND_FRAMES_H

/*
 * From unwound frames to a trace: which function each one is, and what the first one's instruction does.
 */
#include "unwind/unwind_jit.h"
#include "unwind/unwind_table.h"
#include "unwind/unwind_walk.h"

/* The maps of generated code that hold for a process: its own first, then its parents'. */
struct unwind_maps {
	pid_t pid;
	struct unwind_jit *items[8]; /* UNWIND_BASES */
	size_t n;
};

uint32_t unwind_frames_trace(struct unwind_table *t, const struct unwind_maps *maps,
			     const struct unwind_snapshot *s, const struct unwind_frames *frames);

/* The trace of a snapshot of a process of which nothing is known. */
uint32_t unwind_frames_nothing(struct unwind_table *t, const struct unwind_snapshot *s);

/* What a map calls the code around an address. False: none knows it. */
bool unwind_frames_generated(const struct unwind_maps *maps, uint64_t address, struct unwind_key *ret,
			     const char **ret_object);

#endif
