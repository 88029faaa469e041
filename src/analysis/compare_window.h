#ifndef COWTOP_ANALYSIS_COMPARE_WINDOW_H
#define COWTOP_ANALYSIS_COMPARE_WINDOW_H

/* The part of a recording that a row of a comparison is about, and how a figure varies in it over time. */
#include "model/story.h"

#define BLOCKS 10

/* What a figure comes to in so much time. */
struct span {
	figure sum, time;
};

void span_add(struct span *s, figure mean, figure time);
figure span_mean(const struct span *s);

/* The part of a recording that a row is about, and its blocks: what the samples in each of them say. */
struct window {
	figure from_s, to_s;
	struct span all, blocks[BLOCKS];
};

struct window window_whole(const struct story *s);
/* The last fifth. */
struct window window_fifth(const struct story *s);
/* What levels are those of: the sample after a load, or the last fifth. */
struct window window_end(const struct story *s);
/* The block that an instant lies in. */
size_t window_block(const struct window *w, figure at_s);
/* What is left of values in a row beside what rises or falls. */
struct spread roughness(const figure *values, size_t n);
/* Of the blocks. */
struct spread window_over_time(const struct window *w);
/* What a level moves from one sample to the next. */
figure window_step(const struct story *s, const struct window *w);

#endif
