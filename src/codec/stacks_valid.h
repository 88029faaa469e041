#ifndef COWTOP_CODEC_STACKS_VALID_H
#define COWTOP_CODEC_STACKS_VALID_H

/* The sections of call stacks as bytes, and the limits that hold on both ways. Private to codec/stacks*.c. */
#include "codec/stacks.h"

/* In this order; a section refers to those before it. */
enum {
	STACKS_HEAD = 1,
	STACKS_FUNCTIONS = 2,
	STACKS_TRACES = 3,
	STACKS_PROCESSES = 4,
	STACKS_COUNTS = 5,
	STACKS_GAPS = 6,
	STACKS_SYMBOLS = 7,
};

#define STACKS_FACT_MOST (INT64_C(1) << 53)
#define STACKS_TIME_MOST (INT64_C(1) << 62)
#define STACKS_PAGE_SIZE_MOST (INT64_C(1) << 30)

/* What may be written is what will be read: is all of it within the limits, and refers to what is there? */
bool stacks_valid(const struct stacks *s);

#endif
